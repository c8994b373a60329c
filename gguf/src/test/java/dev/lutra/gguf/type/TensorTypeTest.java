package dev.lutra.gguf.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTypeTest {
    /**
     * GGML_QUANT_SIZES of the reference Python package, gguf 0.19.0, without Q8_1: it never lies in files, and the package
     * still counts its two scales as float32 where ggml's block has had float16 since 2024.
     */
    @ParameterizedTest
    @CsvSource({
        "0, F32, 1, 4",
        "1, F16, 1, 2",
        "2, Q4_0, 32, 18",
        "3, Q4_1, 32, 20",
        "6, Q5_0, 32, 22",
        "7, Q5_1, 32, 24",
        "8, Q8_0, 32, 34",
        "10, Q2_K, 256, 84",
        "11, Q3_K, 256, 110",
        "12, Q4_K, 256, 144",
        "13, Q5_K, 256, 176",
        "14, Q6_K, 256, 210",
        "15, Q8_K, 256, 292",
        "16, IQ2_XXS, 256, 66",
        "17, IQ2_XS, 256, 74",
        "18, IQ3_XXS, 256, 98",
        "19, IQ1_S, 256, 50",
        "20, IQ4_NL, 32, 18",
        "21, IQ3_S, 256, 110",
        "22, IQ2_S, 256, 82",
        "23, IQ4_XS, 256, 136",
        "24, I8, 1, 1",
        "25, I16, 1, 2",
        "26, I32, 1, 4",
        "27, I64, 1, 8",
        "28, F64, 1, 8",
        "29, IQ1_M, 256, 56",
        "30, BF16, 1, 2",
        "34, TQ1_0, 256, 54",
        "35, TQ2_0, 256, 66",
        "39, MXFP4, 32, 17",
        "40, NVFP4, 64, 36",
        "41, Q1_0, 128, 18"
    })
    void ggmlsTypesHaveTheReferencesGeometry(int id, String name, int blockLength, int blockBytes) {
        GgmlType type = GgmlType.byId(id, TypeDialect.GGML).orElseThrow();
        assertEquals(name, type.name());
        assertEquals(name.toLowerCase(Locale.ROOT), type.label().toLowerCase(Locale.ROOT));
        assertEquals(blockLength, type.blockLength());
        assertEquals(7L * 3 * blockBytes, type.byteSize(3L * blockLength, 7).orElseThrow());
    }

    /** Sizes of bitnet.cpp's own packer's output, padded to 32 bytes, and the 32 bytes that hold the scale. */
    @ParameterizedTest
    @CsvSource({
        "TL1, 256, 64, 4096",
        "TL1, 256, 128, 8192",
        "TL2, 256, 64, 4096",
        "TL2, 288, 64, 4522",
        "TL2, 320, 128, 9898",
        "TL2, 384, 64, 5802",
        "TL2, 896, 64, 12629",
        "I2_S, 256, 8, 512"
    })
    void wholeTensorTypesHaveBitnetsSizes(GgmlType type, long columns, long rows, long packed) {
        assertEquals((packed + 31) / 32 * 32 + 32, type.byteSize(columns, rows).orElseThrow());
    }

    /** In the 32 bits of bitnet.cpp's loader the head of the 72B just fits, twice its rows do not. */
    @Test
    void tl2IsSizedInLongs() {
        long packed = (8192L - 256) * 152064 / 3 * 5 / 8 + 256L * 152064 / 2 * 4 / 8;
        assertEquals(packed, GgmlType.tl2PackedBytes(8192, 152064));
        assertTrue((8192L - 256) * 152064 / 3 * 5 < 1L << 31);
        assertTrue((8192L - 256) * 304128 / 3 * 5 > 1L << 31);
        assertEquals(2 * packed, GgmlType.tl2PackedBytes(8192, 304128));
    }

    @ParameterizedTest
    @EnumSource
    void namesAndIdsLeadBack(GgmlType type) {
        assertEquals(Optional.of(type), GgmlType.byName(type.name()));
        assertEquals(Optional.of(type), GgmlType.byName(type.label().toUpperCase(Locale.ROOT)));
        assertEquals(type, TensorTypes.byId(type.id(), type.dialect()));
    }

    @ParameterizedTest
    @EnumSource
    void shapesThatOverflowAreRefused(GgmlType type) {
        long huge = Long.MAX_VALUE / 4096 * 4096;
        for (long[] shape : new long[][] {{huge, 1L << 20}, {4096, huge}, {1L << 40, 1L << 40}, {huge, huge}})
            assertThrows(
                    IllegalArgumentException.class, () -> type.byteSize(shape[0], shape[1]), type + " " + shape[0]);
        assertThrows(IllegalArgumentException.class, () -> type.byteSize(-256, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 96, 128, 4064})
    void digitIdsTellTheirGeometry(int group) {
        for (int digits = 1; digits <= 3; digits++) {
            DigitType type = new DigitType(digits, group);
            assertEquals(0x4C54, type.id() >>> 16);
            assertEquals(type, TensorTypes.byId(type.id(), TypeDialect.GGML));
            assertEquals(Optional.of(new DigitType(digits, 96)), TensorTypes.byName("TL2X" + digits));
            assertEquals(Optional.of(type), TensorTypes.byName(type.label()));
        }
    }

    @Test
    void digitTensorsAreSizedRowByRow() {
        // 896 columns: 299 triples, so 150 bytes of nibbles and 38 of signs; 10 group scales; 2 bytes of row scale
        assertEquals(188, DigitType.planeRowBytes(896));
        assertEquals(
                5 * (2 * 188 + 10 + 2), new DigitType(2, 96).byteSize(896, 5).orElseThrow());
        assertEquals(
                5 * (3 * 188 + 28 + 2), new DigitType(3, 32).byteSize(896, 5).orElseThrow());
        assertThrows(IllegalArgumentException.class, () -> new DigitType(2, 96).byteSize(Long.MAX_VALUE, 1));
        assertThrows(IllegalArgumentException.class, () -> new DigitType(3, 96).byteSize(1L << 40, 1L << 40));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x4C540060, 0x4C544060, 0x4C542000, 0x4C542061, 0x4C552060, 0x4C542FFF})
    void neighbouringIdsAreNoDigits(int id) {
        assertFalse(DigitType.isDigitId(id));
        assertEquals(new UnknownType(id), TensorTypes.byId(id, TypeDialect.GGML));
        assertThrows(IllegalArgumentException.class, () -> DigitType.ofId(id));
    }

    @Test
    void unknownIdsKeepTheirNumber() {
        assertEquals(
                "unknown(4294967295)", TensorTypes.byId(-1, TypeDialect.BITNET).label());
        assertTrue(new UnknownType(77).byteSize(32, 1).isEmpty());
    }
}
