package dev.lutra.quant.block;

import static dev.lutra.quant.block.Vectors.COLUMNS;
import static dev.lutra.quant.block.Vectors.ROWS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every block format equals llama.cpp's reference quantizer to the byte. */
class ReferenceVectorsTest {
    /** Types whose bytes are the reference's. F32 has no vector: its bytes are the weights. */
    private static final Set<GgmlType> EQUAL = EnumSet.of(
            GgmlType.F16,
            GgmlType.BF16,
            GgmlType.Q8_0,
            GgmlType.Q4_0,
            GgmlType.Q4_1,
            GgmlType.Q5_0,
            GgmlType.Q5_1,
            GgmlType.Q2_K,
            GgmlType.Q3_K,
            GgmlType.Q4_K,
            GgmlType.Q5_K,
            GgmlType.Q6_K,
            GgmlType.IQ4_NL,
            GgmlType.IQ4_XS,
            GgmlType.MXFP4);

    /** Types whose bytes under an importance matrix are the reference's. Of the others, F16 to Q8_0 and MXFP4 do not use it. */
    private static final Set<GgmlType> EQUAL_UNDER_IMPORTANCE = EnumSet.of(
            GgmlType.Q4_0,
            GgmlType.Q2_K,
            GgmlType.Q3_K,
            GgmlType.Q4_K,
            GgmlType.Q5_K,
            GgmlType.Q6_K,
            GgmlType.IQ4_NL,
            GgmlType.IQ4_XS);

    static Stream<RowCodec> withVectors() {
        return BlockCodecs.all().stream().filter(codec -> EQUAL.contains(codec.type()));
    }

    static Stream<RowCodec> withImportanceVectors() {
        return BlockCodecs.all().stream().filter(codec -> EQUAL_UNDER_IMPORTANCE.contains(codec.type()));
    }

    @Test
    void everyCodecHasAVector() {
        Set<GgmlType> types = BlockCodecs.all().stream()
                .map(RowCodec::type)
                .collect(Collectors.toCollection(() -> EnumSet.of(GgmlType.F16)));
        types.remove(GgmlType.F32);
        assertEquals(EQUAL, types);
    }

    @ParameterizedTest
    @MethodSource("withVectors")
    void encodesTheReferenceBytes(RowCodec codec) {
        assertArrayEquals(Vectors.bytes(codec.type().label() + ".bin"), encodeInput(codec, null));
    }

    @ParameterizedTest
    @MethodSource("withImportanceVectors")
    void encodesTheReferenceBytesUnderAnImportanceMatrix(RowCodec codec) {
        assertArrayEquals(
                Vectors.bytes(codec.type().label() + ".imatrix.bin"),
                encodeInput(codec, Vectors.floats("imatrix.f32")));
    }

    @ParameterizedTest
    @MethodSource("withVectors")
    void decodesTheReferenceValues(RowCodec codec) {
        MemorySegment encoded = MemorySegment.ofArray(Vectors.bytes(codec.type().label() + ".bin"));
        float[] decoded = new float[ROWS * COLUMNS];
        for (int row = 0; row < ROWS; row++)
            codec.decode(encoded, row * rowBytes(codec), decoded, row * COLUMNS, COLUMNS);
        assertArrayEquals(Vectors.floats(codec.type().label() + ".dequant.f32"), decoded);
    }

    private static byte[] encodeInput(RowCodec codec, float @Nullable [] importance) {
        float[] input = Vectors.floats("input.f32");
        byte[] encoded = new byte[Math.toIntExact(ROWS * rowBytes(codec))];
        for (int row = 0; row < ROWS; row++)
            codec.encode(
                    input, row * COLUMNS, COLUMNS, importance, MemorySegment.ofArray(encoded), row * rowBytes(codec));
        return encoded;
    }

    private static long rowBytes(RowCodec codec) {
        return codec.type().byteSize(COLUMNS, 1).orElseThrow();
    }
}
