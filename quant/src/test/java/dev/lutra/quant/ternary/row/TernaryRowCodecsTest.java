package dev.lutra.quant.ternary.row;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.RowCodec;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Vectors of 4 rows x 512 columns: tq1_0, tq2_0, q1_0 and q2_0 from the ggml library of llama.cpp v0.5.0, iq1_bn and iq2_bn from
 * the quantizer of ik_llama.cpp 8337e4c. {@code input.f32} is what {@code TYPE.bin} was made of, {@code ternary.f32} the source of
 * {@code ternary.TYPE.bin}.
 */
class TernaryRowCodecsTest {
    private static final int ROWS = 4;
    private static final int COLUMNS = 512;

    static Stream<RowCodec> all() {
        return TernaryRowCodecs.all().stream();
    }

    static Stream<RowCodec> withTernaryVectors() {
        return all().filter(codec -> exists("ternary." + codec.type().label() + ".bin"));
    }

    static Stream<RowCodec> withReferenceDequantization() {
        return all().filter(codec -> exists(codec.type().label() + ".dequant.f32"));
    }

    private static boolean exists(String name) {
        return TernaryRowCodecsTest.class.getResource(name) != null;
    }

    @ParameterizedTest
    @MethodSource("all")
    void encodesTheReferenceBytes(RowCodec codec) {
        assertArrayEquals(bytes(codec.type().label() + ".bin"), encode(codec, floats("input.f32")));
    }

    @ParameterizedTest
    @MethodSource("withTernaryVectors")
    void ternaryWeightsSurvive(RowCodec codec) {
        byte[] packed = bytes("ternary." + codec.type().label() + ".bin");
        assertArrayEquals(packed, encode(codec, floats("ternary.f32")));
        assertArrayEquals(floats("ternary.f32"), decode(codec, packed));
    }

    @ParameterizedTest
    @MethodSource("withReferenceDequantization")
    void decodesTheReferenceValues(RowCodec codec) {
        assertArrayEquals(
                floats(codec.type().label() + ".dequant.f32"),
                decode(codec, bytes(codec.type().label() + ".bin")));
    }

    @Test
    void everyTypeButTheBinaryOneHasTernaryVectorsOrIsTestedByRoundTrip() {
        assertEquals(4, withTernaryVectors().count());
        assertEquals(4, withReferenceDequantization().count());
    }

    @ParameterizedTest
    @MethodSource("all")
    void tritsOrSignsWithARepresentableScaleAreExact(RowCodec codec) {
        boolean binary = codec.type().blockLength() == 128;
        Random random = new Random(11);
        float[] weights = new float[ROWS * COLUMNS];
        for (int i = 0; i < weights.length; i++)
            weights[i] = 0.375f * (binary ? 2 * random.nextInt(2) - 1 : random.nextInt(3) - 1);
        assertArrayEquals(weights, decode(codec, encode(codec, weights)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void rowsOfZerosAndTinyWeightsDecodeToFiniteValues(RowCodec codec) {
        for (float value : new float[] {0f, -0f, Float.MIN_VALUE, 1e-30f, 6e-8f}) {
            float[] weights = new float[ROWS * COLUMNS];
            Arrays.fill(weights, value);
            for (float weight : decode(codec, encode(codec, weights))) assertTrue(Math.abs(weight - value) <= 6e-8f);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void weightsThatAreNotFiniteAndPartialBlocksAreRefused(RowCodec codec) {
        float[] weights = new float[ROWS * COLUMNS];
        weights[3] = Float.NaN;
        var error = assertThrows(IllegalArgumentException.class, () -> encode(codec, weights));
        assertTrue(error.getMessage().contains("column 3"), error.getMessage());
        weights[3] = Float.NEGATIVE_INFINITY;
        assertThrows(IllegalArgumentException.class, () -> encode(codec, weights));
        MemorySegment out = MemorySegment.ofArray(new byte[4096]);
        assertThrows(IllegalArgumentException.class, () -> codec.encode(new float[100], 0, 100, null, out, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.encode(new float[256], 1, 256, null, out, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.decode(out, 4090, new float[256], 0, 256));
    }

    @ParameterizedTest
    @MethodSource("all")
    void offHeapTensorsAtAnyOffset(RowCodec codec) {
        float[] input = floats("input.f32");
        long rowBytes = codec.type().byteSize(256, 1).orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(rowBytes + 7);
            codec.encode(input, 5, 256, null, out, 7);
            float[] back = new float[260];
            codec.decode(out, 7, back, 4, 256);
            float[] shifted = new float[256];
            System.arraycopy(input, 5, shifted, 0, 256);
            byte[] whole = new byte[(int) rowBytes];
            codec.encode(shifted, 0, 256, null, MemorySegment.ofArray(whole), 0);
            assertEquals(-1, MemorySegment.ofArray(whole).mismatch(out.asSlice(7)));
            assertEquals(0f, back[3]);
        }
    }

    private static byte[] encode(RowCodec codec, float[] weights) {
        long rowBytes = codec.type().byteSize(COLUMNS, 1).orElseThrow();
        byte[] out = new byte[(int) (ROWS * rowBytes)];
        for (int row = 0; row < ROWS; row++)
            codec.encode(weights, row * COLUMNS, COLUMNS, null, MemorySegment.ofArray(out), row * rowBytes);
        return out;
    }

    private static float[] decode(RowCodec codec, byte[] packed) {
        long rowBytes = codec.type().byteSize(COLUMNS, 1).orElseThrow();
        float[] weights = new float[ROWS * COLUMNS];
        for (int row = 0; row < ROWS; row++)
            codec.decode(MemorySegment.ofArray(packed), row * rowBytes, weights, row * COLUMNS, COLUMNS);
        return weights;
    }

    private static byte[] bytes(String name) {
        try (InputStream in = TernaryRowCodecsTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static float[] floats(String name) {
        byte[] bytes = bytes(name);
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
