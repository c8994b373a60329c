package dev.lutra.quant.analysis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AnalysisFormatTest {
    static Stream<AnalysisFormat> formats() {
        return AnalysisFormat.ALL.stream();
    }

    private static float[] gaussian(int columns) {
        Random random = new Random(5);
        float[] row = new float[columns];
        for (int i = 0; i < columns; i++) row[i] = (float) random.nextGaussian();
        return row;
    }

    private static double relativeError(float[] row, float[] kept) {
        double error = 0, power = 0;
        for (int i = 0; i < row.length; i++) {
            error += Math.pow(row[i] - kept[i], 2);
            power += Math.pow(row[i], 2);
        }
        return Math.sqrt(error / power);
    }

    /** Root mean square errors of uniform quantizers of a Gaussian: a step of s costs s / sqrt(12). */
    @Test
    void errorsAreThoseOfTheory() {
        float[] row = gaussian(4096);
        double largest = IntStream.range(0, row.length)
                .mapToDouble(i -> Math.abs(row[i]))
                .max()
                .orElseThrow();
        assertEquals(largest / 127 / Math.sqrt(12), relativeError(row, applied("int8/row", row)), 3e-4);
        assertEquals(largest / 7 / Math.sqrt(12), relativeError(row, applied("int4/row", row)), 4e-3);
        // the best four-level uniform quantizer of a Gaussian (Max 1960) has a mean squared error of 0.1188
        assertEquals(Math.sqrt(0.1188), relativeError(row, applied("int2/row", row)), 5e-3);
        assertTrue(relativeError(row, applied("int4/32", row)) < relativeError(row, applied("int4/128", row)));
        assertTrue(relativeError(row, applied("int4/128", row)) < relativeError(row, applied("int4/row", row)));
    }

    private static float[] applied(String label, float[] row) {
        float[] copy = row.clone();
        AnalysisFormat.byLabel(label).orElseThrow().apply(copy, 0, copy.length);
        return copy;
    }

    @ParameterizedTest
    @MethodSource("formats")
    void touchesOnlyItsColumns(AnalysisFormat format) {
        float[] row = gaussian(200);
        float[] whole = row.clone();
        format.apply(row, 33, 131);
        float[] alone = Arrays.copyOfRange(whole, 33, 164);
        format.apply(alone, 0, 131);
        assertArrayEquals(alone, Arrays.copyOfRange(row, 33, 164));
        assertArrayEquals(Arrays.copyOf(whole, 33), Arrays.copyOf(row, 33));
        assertArrayEquals(Arrays.copyOfRange(whole, 164, 200), Arrays.copyOfRange(row, 164, 200));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void aSecondTimeChangesNothing(AnalysisFormat format) {
        float[] once = gaussian(640);
        format.apply(once, 0, once.length);
        float[] twice = once.clone();
        format.apply(twice, 0, twice.length);
        assertEquals(0, relativeError(once, twice), 1e-3);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void emptyZeroAndTinyRowsAreHarmless(AnalysisFormat format) {
        format.apply(new float[0], 0, 0);
        for (float value : List.of(0f, Float.MIN_VALUE, -1e-30f)) {
            float[] row = new float[40];
            Arrays.fill(row, value);
            format.apply(row, 0, row.length);
            for (float kept : row) assertEquals(0, kept, 1e-7f);
        }
    }

    @Test
    void fewDistinctWeightsSurvive() {
        float[] row = {0.75f, -0.25f, 0.25f, -0.75f};
        assertArrayEquals(row, applied("int2/row", row));
        float[] integers = {7, -3, 0, 1};
        assertArrayEquals(integers, applied("int4/row", integers));
    }

    @Test
    void bitsCountTheScales() {
        assertEquals(4.5, AnalysisFormat.byLabel("INT4/32").orElseThrow().bitsPerWeight(896));
        assertEquals(
                4 + 16.0 / 896, AnalysisFormat.byLabel("int4/row").orElseThrow().bitsPerWeight(896));
        assertEquals(
                2 + 16.0 / 896, AnalysisFormat.byLabel("int2/row").orElseThrow().bitsPerWeight(896));
        assertEquals(Optional.empty(), AnalysisFormat.byLabel("int3/row"));
    }
}
