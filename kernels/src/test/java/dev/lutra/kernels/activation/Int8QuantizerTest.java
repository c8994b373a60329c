package dev.lutra.kernels.activation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Int8QuantizerTest {
    private final Arena arena = Arena.ofShared();

    static Stream<Int8Quantizer> implementations() {
        Stream<Int8Quantizer> java = Stream.of(new Int8QuantizerScalar(), new Int8QuantizerVector());
        return NativeLibrary.get().isAvailable() ? Stream.concat(java, Stream.of(new Int8QuantizerNative())) : java;
    }

    @AfterEach
    void free() {
        arena.close();
    }

    /** 127 / 2 = 63.5 units to the scale: halves go to the even neighbour, on both sides of zero. */
    @ParameterizedTest
    @MethodSource("implementations")
    void halvesRoundToEven(Int8Quantizer quantizer) {
        float[] row = {127f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f, -127f, 0f, 3.49f, 3.51f};
        byte[] expected = {127, 0, 2, 2, 0, -2, -2, 126, -126, -127, 0, 3, 4};
        // 20 more columns, so that vectors of every width see the values
        for (int shift : new int[] {0, 7, 20}) {
            FloatMatrix x = FloatMatrix.allocate(arena, 1, row.length + 20);
            for (int i = 0; i < row.length; i++) x.set(0, shift + i, row[i]);
            byte[] all = quantize(quantizer, x, 0);
            for (int i = 0; i < row.length; i++) assertEquals(expected[i], all[shift + i], "value " + row[i]);
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void tinyRowsKeepTheSmallestScale(Int8Quantizer quantizer) {
        FloatMatrix x = FloatMatrix.allocate(arena, 2, 40);
        x.set(1, 3, 1e-6f);
        Int8Rows rows = Int8Rows.allocate(arena, 2, 40);
        quantizer.quantize(x, rows, 0, 2);
        assertEquals(127 / 1e-5f, rows.scale(0));
        assertEquals(127 / 1e-5f, rows.scale(1));
        assertEquals(0, rows.sum(0));
        assertEquals(13, rows.sum(1));
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void aNotANumberMakesTheScaleOne(Int8Quantizer quantizer) {
        FloatMatrix x = FloatMatrix.allocate(arena, 1, 40);
        x.set(0, 17, Float.NaN);
        Int8Rows rows = Int8Rows.allocate(arena, 1, 40);
        quantizer.quantize(x, rows, 0, 1);
        assertTrue(Float.isNaN(rows.scale(0)));
    }

    @Test
    void implementationsAgreeToTheBit() {
        Random random = new Random(1);
        for (int columns : new int[] {1, 3, 7, 15, 16, 17, 32, 96, 100, 896})
            for (double deviation : new double[] {1e-7, 1e-3, 1, 1e4, 1e30}) {
                FloatMatrix x = RandomFloats.gaussian(5, columns, deviation, random, arena);
                List<Int8Rows> results = implementations()
                        .map(quantizer -> {
                            Int8Rows rows = Int8Rows.allocate(arena, 5, columns);
                            quantizer.quantize(x, rows, 0, 5);
                            return rows;
                        })
                        .toList();
                assertEquals(-1, results.get(0).values().mismatch(results.get(1).values()), columns + " columns");
                assertEquals(-1, results.get(0).scales().mismatch(results.get(1).scales()));
                assertEquals(-1, results.get(0).sums().mismatch(results.get(1).sums()));
            }
    }

    @Test
    void formsAreComputedOncePerBatch() {
        Activations x = new Activations(arena, 4, 40, new Int8QuantizerScalar());
        try (Team team = Team.of(2)) {
            x.reset(2).set(0, 0, 1f);
            Int8Rows first = x.int8(team);
            assertEquals(127, first.values().get(ValueLayout.JAVA_BYTE, 0));
            x.values().set(0, 0, -1f);
            assertEquals(127, x.int8(team).values().get(ValueLayout.JAVA_BYTE, 0));
            x.reset(1).set(0, 0, -1f);
            assertEquals(-127, x.int8(team).values().get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    private byte[] quantize(Int8Quantizer quantizer, FloatMatrix x, int token) {
        Int8Rows rows = Int8Rows.allocate(arena, x.rows(), x.columns());
        quantizer.quantize(x, rows, 0, x.rows());
        byte[] padded = new byte[rows.stride()];
        rows.values().asByteBuffer().get((int) rows.offset(token), padded);
        assertArrayEquals(new byte[rows.stride() - x.columns()], tail(padded, x.columns()));
        return padded;
    }

    private static byte[] tail(byte[] all, int from) {
        return Arrays.copyOfRange(all, from, all.length);
    }
}
