package dev.lutra.quant.block;

import static dev.lutra.quant.block.Vectors.COLUMNS;
import static dev.lutra.quant.block.Vectors.ROWS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every block format equals llama.cpp's reference quantizer to the byte. */
class ReferenceVectorsTest {
    static Stream<RowCodec> withVectors() {
        return BlockCodecs.all().stream()
                .filter(codec -> Vectors.exists(codec.type().label() + ".bin"));
    }

    static Stream<RowCodec> withImportanceVectors() {
        return BlockCodecs.all().stream()
                .filter(codec -> Vectors.exists(codec.type().label() + ".imatrix.bin"));
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
