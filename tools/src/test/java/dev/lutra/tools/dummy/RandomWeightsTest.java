package dev.lutra.tools.dummy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RandomWeightsTest {
    private static final int COLUMNS = 100_000;

    private static float[] row(long seed, String tensor, long row, boolean ternary) {
        float[] weights = new float[COLUMNS];
        new RandomWeights(seed, tensor, 0.25f, ternary).row(row, weights, 0, COLUMNS);
        return weights;
    }

    private static double deviation(float[] weights) {
        double sum = 0, squares = 0;
        for (float weight : weights) {
            sum += weight;
            squares += (double) weight * weight;
        }
        assertEquals(0, sum / weights.length, 0.004);
        return Math.sqrt(squares / weights.length);
    }

    @Test
    void weightsHaveTheWantedDeviation() {
        assertEquals(0.25, deviation(row(1, "a", 0, false)), 0.0025);
        assertEquals(0.25, deviation(row(1, "a", 0, true)), 0.0025);
    }

    @Test
    void tritsAreEquallyLikely() {
        int[] counts = new int[3];
        for (float weight : row(3, "a", 5, true)) counts[(int) Math.signum(weight) + 1]++;
        for (int count : counts) assertEquals(COLUMNS / 3.0, count, 600);
    }

    @Test
    void everyWeightIsABfloat16() {
        for (boolean ternary : new boolean[] {false, true})
            for (float weight : row(1, "a", 0, ternary)) assertEquals(0, Float.floatToRawIntBits(weight) & 0xFFFF);
    }

    @Test
    void seedTensorAndRowAllMatter() {
        float[] weights = row(1, "a", 0, false);
        assertArrayEquals(weights, row(1, "a", 0, false));
        assertFalse(Arrays.equals(weights, row(2, "a", 0, false)));
        assertFalse(Arrays.equals(weights, row(1, "b", 0, false)));
        assertFalse(Arrays.equals(weights, row(1, "a", 1, false)));
    }
}
