package dev.lutra.gguf.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.UnknownType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ids on which forks of ggml disagree: 36, 38 and 39 of bitnet.cpp, 42 of Prism. */
class TypeResolverTest {
    private static final int COLUMNS = 512;
    private static final int ROWS = 64;

    @TempDir
    Path folder;

    private GgufTensor first(RawGguf start, int id, long bytes) throws IOException {
        long next = (bytes + 31) / 32 * 32;
        Path file = start.tensor("w", id, 0, COLUMNS, ROWS)
                .tensor("last", 0, next, 8)
                .data((int) next + 32)
                .write(folder.resolve("model.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            return gguf.tensor("w");
        }
    }

    private static long size(TensorType type) {
        return type.byteSize(COLUMNS, ROWS).orElseThrow();
    }

    private void assertResolved(TensorType type, TypeEvidence evidence, RawGguf start, int id, long bytes)
            throws IOException {
        GgufTensor tensor = first(start, id, bytes);
        assertEquals(type, tensor.type());
        assertEquals(evidence, tensor.evidence());
    }

    @Test
    void theSizeTellsTl2FromMxfp4WhateverTheArchitecture() throws IOException {
        for (String architecture : new String[] {"qwen2", "bitnet-b1.58", "bitnet-25", "bitnet"}) {
            assertResolved(
                    GgmlType.TL2,
                    TypeEvidence.SIZE,
                    new RawGguf().text("general.architecture", architecture),
                    39,
                    size(GgmlType.TL2));
            assertResolved(
                    GgmlType.MXFP4,
                    TypeEvidence.SIZE,
                    new RawGguf().text("general.architecture", architecture),
                    39,
                    size(GgmlType.MXFP4));
        }
    }

    @Test
    void withoutAFittingSizeTheFileDecides() throws IOException {
        long roomy = size(GgmlType.MXFP4) + 4096;
        assertResolved(
                GgmlType.MXFP4, TypeEvidence.UPSTREAM, new RawGguf().text("general.architecture", "qwen2"), 39, roomy);
        assertResolved(
                GgmlType.TL2,
                TypeEvidence.ARCHITECTURE,
                new RawGguf().text("general.architecture", "bitnet-b1.58"),
                39,
                roomy);
        assertResolved(GgmlType.TL2, TypeEvidence.OWN_KEY, new RawGguf().u32("lutra.tl2.bm", 128), 39, roomy);
        assertResolved(
                GgmlType.TL2, TypeEvidence.OWN_KEY, new RawGguf().text("lutra.type_dialect", "bitnet"), 39, roomy);
        assertResolved(
                GgmlType.MXFP4,
                TypeEvidence.UPSTREAM,
                new RawGguf().text("lutra.type_dialect", "ggml").text("general.architecture", "bitnet"),
                39,
                roomy);
    }

    @Test
    void idsThatUpstreamDroppedAreBitnetsWhereTheSizeSaysSo() throws IOException {
        assertResolved(GgmlType.I2_S, TypeEvidence.SIZE, new RawGguf(), 36, size(GgmlType.I2_S));
        assertResolved(GgmlType.TL1, TypeEvidence.SIZE, new RawGguf(), 38, size(GgmlType.TL1));
        // IQ4_NL_4_4 and IQ4_NL_8_8 took 18 bytes for 32 weights
        assertResolved(new UnknownType(36), TypeEvidence.UPSTREAM, new RawGguf(), 36, COLUMNS * ROWS / 32 * 18);
        assertResolved(new UnknownType(38), TypeEvidence.UPSTREAM, new RawGguf(), 38, COLUMNS * ROWS / 32 * 18);
    }

    @Test
    void prismsQ2IsNotTakenForLlamaCpps() throws IOException {
        assertResolved(GgmlType.Q2_0, TypeEvidence.ID, new RawGguf(), 42, size(GgmlType.Q2_0));
        assertResolved(new UnknownType(42), TypeEvidence.SIZE, new RawGguf(), 42, COLUMNS * ROWS / 128 * 34);
    }

    @Test
    void idsOfOneMeaningNeedNoEvidence() throws IOException {
        for (GgmlType type :
                new GgmlType[] {GgmlType.F16, GgmlType.Q4_K, GgmlType.IQ2_BN, GgmlType.IQ1_BN, GgmlType.TQ1_0})
            assertResolved(type, TypeEvidence.ID, new RawGguf(), type.id(), size(type));
    }

    @Test
    void everyKnownTypeIsFoundByItsId() throws IOException {
        for (GgmlType type : GgmlType.values()) {
            GgufTensor tensor = first(new RawGguf(), type.id(), size(type));
            assertEquals(type, tensor.type());
            assertEquals(size(type), tensor.byteSize());
        }
    }
}
