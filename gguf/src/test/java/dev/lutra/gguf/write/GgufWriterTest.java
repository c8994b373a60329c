package dev.lutra.gguf.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.bytes.PartFile;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufWriterTest {
    private static final GgufMetadata METADATA = GgufMetadata.builder()
            .string("general.architecture", "qwen2")
            .strings("tokenizer.ggml.tokens", List.of("a", "", "Ġb"))
            .u32("qwen2.block_count", 1)
            .build();

    @TempDir
    Path folder;

    private static GgufPlanBuilder planOfManyTypes() {
        return GgufPlan.builder(METADATA)
                .tensor(TensorSpec.of("f32", GgmlType.F32, 5, 3))
                .tensor(TensorSpec.of("f16", GgmlType.F16, 7))
                .tensor(TensorSpec.of("q8_0", GgmlType.Q8_0, 64, 2, 3))
                .tensor(TensorSpec.of("tl1", GgmlType.TL1, 256, 64))
                .tensor(TensorSpec.of("tl2", GgmlType.TL2, 896, 64))
                .tensor(TensorSpec.of("i2_s", GgmlType.I2_S, 128, 4))
                .tensor(TensorSpec.of("tl2x2", new DigitType(2, 96), 896, 5));
    }

    /** Bytes that a tensor must have after any order of writing. */
    private static byte[] bytesOf(PlannedTensor tensor) {
        byte[] bytes = new byte[(int) tensor.byteSize()];
        new Random(tensor.name().hashCode()).nextBytes(bytes);
        return bytes;
    }

    private static void writeAll(GgufWriter writer, GgufPlan plan) throws IOException {
        for (PlannedTensor tensor : plan.tensors().values())
            if (!writer.isFinished(tensor)) writer.write(tensor, MemorySegment.ofArray(bytesOf(tensor)));
    }

    private static void checkContents(Path path, GgufPlan plan) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            List<String> names = file.tensors().stream().map(GgufTensor::name).toList();
            assertEquals(List.copyOf(plan.tensors().keySet()), names);
            for (PlannedTensor tensor : plan.tensors().values()) {
                GgufTensor read = file.tensor(tensor.name());
                assertEquals(tensor.spec().type(), read.type());
                assertEquals(tensor.spec().dimensions(), read.dimensions());
                assertArrayEquals(bytesOf(tensor), read.data().toArray(ValueLayout.JAVA_BYTE), tensor.name());
            }
            assertEquals(plan.byteSize(), file.byteSize());
        }
    }

    private List<String> filesLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32, 64, 4096})
    void whatIsWrittenReadsBackAtEveryAlignment(int alignment) throws IOException {
        GgufPlan plan = planOfManyTypes().alignment(alignment).build();
        Path target = folder.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
            writeAll(writer, plan);
            assertEquals(List.of(target), writer.commit());
        }
        checkContents(target, plan);
        for (PlannedTensor tensor : plan.tensors().values()) assertEquals(0, tensor.offset() % alignment);
        assertEquals(List.of("model.gguf"), filesLeft());
    }

    /** The file that the reference Python package wrote (gguf 0.19.0) comes out the same, byte for byte. */
    @Test
    void aCopyOfTheReferencesFileIsEqual() throws Exception {
        Path golden = Path.of(GgufFile.class.getResource("python.gguf").toURI());
        Path target = folder.resolve("copy.gguf");
        try (GgufFile file = GgufFile.open(golden)) {
            GgufPlanBuilder builder = GgufPlan.builder(file.metadata());
            for (GgufTensor tensor : file.tensors()) builder.tensor(TensorSpec.copyOf(tensor));
            GgufPlan plan = builder.build();
            try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
                for (GgufTensor tensor : file.tensors()) writer.write(plan.tensor(tensor.name()), tensor.data());
                writer.commit();
            }
        }
        assertEquals(-1, Files.mismatch(golden, target));
    }

    @Test
    void windowsFromSeveralThreadsInAnyOrderGiveTheSameFile() throws Exception {
        GgufPlan plan = planOfManyTypes().build();
        Path target = folder.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
            List<Thread> threads = new ArrayList<>();
            for (PlannedTensor tensor : plan.tensors().values())
                threads.add(Thread.ofVirtual().start(() -> writeWindowsBackwards(writer, tensor)));
            for (Thread thread : threads) thread.join();
            writer.commit();
        }
        checkContents(target, plan);
    }

    private static void writeWindowsBackwards(GgufWriter writer, PlannedTensor tensor) {
        MemorySegment bytes = MemorySegment.ofArray(bytesOf(tensor));
        try {
            for (long end = tensor.byteSize(); end > 0; end -= Math.min(end, 37)) {
                long at = end - Math.min(end, 37);
                writer.write(tensor, at, bytes.asSlice(at, end - at));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void withoutCommitNothingIsLeft() throws IOException {
        GgufPlan plan = planOfManyTypes().build();
        try (GgufWriter writer = GgufWriter.create(folder.resolve("model.gguf"), plan, WriteOptions.FRESH)) {
            writeAll(writer, plan);
        }
        assertEquals(List.of(), filesLeft());
    }

    @Test
    void anUnfinishedTensorForbidsTheCommit() throws IOException {
        GgufPlan plan = planOfManyTypes().build();
        try (GgufWriter writer = GgufWriter.create(folder.resolve("model.gguf"), plan, WriteOptions.FRESH)) {
            PlannedTensor tensor = plan.tensor("f32");
            writer.write(tensor, 0, MemorySegment.ofArray(new byte[59]));
            var error = assertThrows(IllegalStateException.class, writer::commit);
            assertTrue(error.getMessage().contains("f32 is not finished: 59 of 60"), error.getMessage());
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write(tensor, 59, MemorySegment.ofArray(new byte[2])));
        }
        assertEquals(List.of(), filesLeft());
    }

    @Test
    void anExistingFileIsReplacedOnlyOnDemand() throws IOException {
        Path target = folder.resolve("model.gguf");
        Files.writeString(target, "precious");
        GgufPlan plan = planOfManyTypes().build();
        var error = assertThrows(
                FileAlreadyExistsException.class, () -> GgufWriter.create(target, plan, WriteOptions.FRESH));
        assertTrue(error.getMessage().contains("--overwrite"), error.getMessage());
        assertEquals("precious", Files.readString(target));
        assertEquals(List.of("model.gguf"), filesLeft());
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH.withOverwrite(true))) {
            writeAll(writer, plan);
            assertEquals("precious", Files.readString(target));
            writer.commit();
        }
        checkContents(target, plan);
    }

    @Test
    void twoWritersOfOneFileAreRefused() throws IOException {
        Path target = folder.resolve("model.gguf");
        GgufPlan plan = planOfManyTypes().build();
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
            assertThrows(FileSystemException.class, () -> GgufWriter.create(target, plan, WriteOptions.FRESH));
            writeAll(writer, plan);
            writer.commit();
        }
        checkContents(target, plan);
    }

    @Test
    void aPlanThatNoDiskHoldsIsRefusedBeforehand() {
        GgufPlan plan = GgufPlan.builder(METADATA)
                .tensor(TensorSpec.of("huge", GgmlType.F32, 1L << 40, 1L << 16))
                .build();
        var error = assertThrows(
                FileSystemException.class,
                () -> GgufWriter.create(folder.resolve("model.gguf"), plan, WriteOptions.FRESH));
        assertTrue(error.getMessage().contains("the disk has"), error.getMessage());
    }

    @Test
    void aSuspendedFileIsResumedToTheSameBytes() throws IOException {
        Path target = folder.resolve("model.gguf");
        GgufPlan plan = planOfManyTypes().build();
        WriteOptions options = WriteOptions.FRESH.withSource("input");
        try (GgufWriter writer = GgufWriter.create(target, plan, options)) {
            writer.write(plan.tensor("q8_0"), MemorySegment.ofArray(bytesOf(plan.tensor("q8_0"))));
            writer.write(plan.tensor("tl2"), 100, MemorySegment.ofArray(new byte[1000]));
            writer.suspend();
        }
        assertFalse(Files.exists(target));
        try (GgufWriter writer = GgufWriter.create(target, plan, options.withResume(true))) {
            assertEquals(1, writer.resumedTensors());
            assertTrue(writer.isFinished(plan.tensor("q8_0")));
            assertFalse(writer.isFinished(plan.tensor("tl2")));
            writeAll(writer, plan);
            writer.commit();
        }
        checkContents(target, plan);
        assertEquals(List.of("model.gguf"), filesLeft());
    }

    @Test
    void anotherInputOrPlanStartsAnew() throws IOException {
        Path target = folder.resolve("model.gguf");
        GgufPlan plan = planOfManyTypes().build();
        WriteOptions options = WriteOptions.FRESH.withSource("input");
        for (WriteOptions other : List.of(options.withSource("other").withResume(true), options)) {
            try (GgufWriter writer = GgufWriter.create(target, plan, options)) {
                writeAll(writer, plan);
                writer.suspend();
            }
            try (GgufWriter writer = GgufWriter.create(target, plan, other)) {
                assertEquals(0, writer.resumedTensors());
            }
        }
        GgufPlan wider = planOfManyTypes().alignment(64).build();
        try (GgufWriter writer = GgufWriter.create(target, plan, options)) {
            writeAll(writer, plan);
            writer.suspend();
        }
        try (GgufWriter writer = GgufWriter.create(target, wider, options.withResume(true))) {
            assertEquals(0, writer.resumedTensors());
        }
    }

    @Test
    void aJournalThatWasCutOffCountsWholeLinesOnly() throws IOException {
        Path target = folder.resolve("model.gguf");
        GgufPlan plan = planOfManyTypes().build();
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
            writeAll(writer, plan);
            writer.suspend();
        }
        Path journal = Journal.beside(PartFile.partOf(target));
        byte[] lines = Files.readAllBytes(journal);
        for (int cut = 0; cut <= lines.length; cut++) {
            Files.write(journal, Arrays.copyOf(lines, cut));
            String text = new String(lines, 0, cut, StandardCharsets.US_ASCII);
            int expected = Math.max(0, (int) text.chars().filter(c -> c == '\n').count() - 1);
            assertEquals(
                    expected,
                    Journal.finishedTensors(journal, Journal.identity(plan, ""), 7)
                            .size(),
                    "cut at " + cut);
        }
    }

    @Test
    void shardsHaveLlamaCppsNamesAndKeys() throws IOException {
        GgufPlan plan = planOfManyTypes().split(SplitLimits.ofTensors(3)).build();
        Path target = folder.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
            writeAll(writer, plan);
            writer.commit();
        }
        List<String> names =
                List.of("model-00001-of-00003.gguf", "model-00002-of-00003.gguf", "model-00003-of-00003.gguf");
        assertEquals(names, filesLeft());
        checkContents(folder.resolve(names.getFirst()), plan);
        try (GgufFile second = GgufFile.openSingle(folder.resolve(names.get(1)))) {
            assertEquals(
                    "[split.no, split.count, split.tensors.count]",
                    second.metadata().keys().toString());
            assertEquals("u16", second.metadata().value("split.count").type().toString());
            assertEquals(
                    "i32", second.metadata().value("split.tensors.count").type().toString());
            assertEquals(1, second.metadata().intValue("split.no"));
            assertEquals(
                    List.of("tl1", "tl2", "i2_s"),
                    second.tensors().stream().map(GgufTensor::name).toList());
        }
    }

    @Test
    void splittingByBytesFillsShardsAsLlamaCppDoes() {
        GgufPlanBuilder builder = GgufPlan.builder(METADATA);
        for (int i = 0; i < 6; i++) builder.tensor(TensorSpec.of("t" + i, GgmlType.F32, i == 3 ? 100 : 10));
        // padded to 64 bytes each, but for one of 416
        GgufPlan plan = builder.split(SplitLimits.ofBytes(128)).build();
        assertEquals(
                List.of(2, 1, 1, 2),
                plan.shards().stream().map(shard -> shard.tensors().size()).toList());
        GgufPlan metadataFirst =
                builder.split(new SplitLimits(1 << 20, 0, true)).build();
        assertEquals(
                List.of(0, 6),
                metadataFirst.shards().stream()
                        .map(shard -> shard.tensors().size())
                        .toList());
        assertEquals(
                1, builder.split(SplitLimits.ofBytes(1 << 20)).build().shards().size());
    }

    @Test
    void aResumeWithAMissingShardStartsAnew() throws IOException {
        GgufPlan plan = planOfManyTypes().split(SplitLimits.ofTensors(3)).build();
        Path target = folder.resolve("model.gguf");
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
            writeAll(writer, plan);
            writer.suspend();
        }
        Files.delete(PartFile.partOf(plan.paths(target).get(1)));
        try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH.withResume(true))) {
            assertEquals(0, writer.resumedTensors());
            writeAll(writer, plan);
            writer.commit();
        }
        checkContents(plan.paths(target).getFirst(), plan);
    }

    @Test
    void anEndBetweenTheRenamesOfTwoShardsIsResumed() throws IOException {
        GgufPlan plan = planOfManyTypes().split(SplitLimits.ofTensors(3)).build();
        Path target = folder.resolve("model.gguf");
        List<Path> shards = plan.paths(target);
        for (int published = 1; published <= 3; published++) {
            try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH)) {
                writeAll(writer, plan);
                writer.suspend();
            }
            for (int i = 3 - published; i < 3; i++) Files.move(PartFile.partOf(shards.get(i)), shards.get(i));
            try (GgufWriter writer = GgufWriter.create(target, plan, WriteOptions.FRESH.withResume(true))) {
                assertEquals(7, writer.resumedTensors());
                writer.commit();
            }
            checkContents(shards.getFirst(), plan);
            assertEquals(3, filesLeft().size());
            for (Path shard : shards) Files.delete(shard);
        }
    }

    @Test
    void impossibleTensorsAreNamed() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> TensorSpec.of("bad", GgmlType.Q4_K, 896, 2))
                .getMessage()
                .contains("tensor bad: rows of 896"));
        assertThrows(IllegalArgumentException.class, () -> TensorSpec.of("x".repeat(64), GgmlType.F32, 1));
        assertThrows(IllegalArgumentException.class, () -> TensorSpec.of("x", GgmlType.F32, 1, 1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> TensorSpec.of("x", GgmlType.F32, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> TensorSpec.of("x", GgmlType.F32, Long.MAX_VALUE / 2, Long.MAX_VALUE / 2));
        assertThrows(
                IllegalArgumentException.class, () -> planOfManyTypes().tensor(TensorSpec.of("f32", GgmlType.F32, 1)));
    }
}
