package dev.lutra.quant.digit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.RelativeError;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoundedDigitsTest {
    private static float[] gaussian(int count, float scale, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = scale * (float) random.nextGaussian();
        return values;
    }

    private static float[] rounded(DigitType type, float[] row, float[] importance) {
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(1, row.length, type.digits(), type.group(), arena);
            new RoundedDigits(type).roundRow(row, 0, importance, matrix, 0);
            assertTrue(RowScales.isAllowed(matrix.rowScales()[0], type.digits()));
            for (int g = 0; g < matrix.groups(); g++)
                assertTrue(matrix.groupScale(0, g) >= 1
                        && matrix.groupScale(0, g) <= DigitMatrix.maxGroupScale(type.digits()));
            float[] back = new float[row.length];
            matrix.dequantizeRow(0, back, 0);
            return back;
        }
    }

    private static double error(float[] exact, float[] approximate) {
        RelativeError error = new RelativeError();
        error.add(exact, 0, approximate, 0, exact.length);
        return error.value();
    }

    /**
     * The best 9 and 27 even levels reach 0.167 and 0.065 on a Gaussian of known variance; scales fitted to each group do a little
     * better than that with short groups, integer ones a little worse.
     */
    @ParameterizedTest
    @CsvSource({"2, 96, 0.171", "2, 32, 0.160", "3, 96, 0.062", "3, 32, 0.056"})
    void gaussianWeightsComeOutNearTheOptimum(int digits, int group, double limit) {
        RelativeError error = new RelativeError();
        for (int seed = 0; seed < 40; seed++) {
            float[] row = gaussian(896, 0.02f, seed);
            error.add(row, 0, rounded(new DigitType(digits, group), row, null), 0, row.length);
        }
        assertTrue(error.value() < limit, "relative error " + error.value());
    }

    /** Groups whose sizes differ by 16: the small ones still get a step of their own. */
    @Test
    void groupsOfDifferentSizeGetTheirOwnScale() {
        float[] row = gaussian(960, 0.02f, 1);
        for (int i = 0; i < row.length; i++) if (i / 96 % 2 == 0) row[i] /= 16;
        float[] back = rounded(new DigitType(2, 96), row, null);
        for (int g = 0; g < 10; g++) {
            RelativeError error = new RelativeError();
            error.add(row, g * 96, back, g * 96, 96);
            assertTrue(error.value() < 0.23, "group " + g + ": " + error.value());
        }
    }

    @Test
    void noOtherChoiceOfScalesIsMuchBetter() {
        DigitType type = new DigitType(2, 32);
        for (int seed = 0; seed < 10; seed++) {
            float[] row = gaussian(160, 0.5f, seed);
            double ours = squared(row, rounded(type, row, null)), best = Double.POSITIVE_INFINITY;
            for (float s = 0x1p-8f; s < 0.25f; s = RowScales.next(s, 2)) {
                double total = 0;
                for (int g = 0; g < 5; g++) {
                    double least = Double.POSITIVE_INFINITY;
                    for (int m = 1; m <= 31; m++) {
                        double sum = 0;
                        for (int i = 32 * g; i < 32 * g + 32; i++) {
                            double level = Math.max(-4, Math.min(4, Math.rint(row[i] / (s * m))));
                            sum += (row[i] - s * m * level) * (row[i] - s * m * level);
                        }
                        least = Math.min(least, sum);
                    }
                    total += least;
                }
                best = Math.min(best, total);
            }
            assertTrue(ours < 1.03 * best, ours + " against " + best);
        }
    }

    private static double squared(float[] exact, float[] approximate) {
        double sum = 0;
        for (int i = 0; i < exact.length; i++) sum += Math.pow(exact[i] - (double) approximate[i], 2);
        return sum;
    }

    @Test
    void importanceMovesTheErrorToWhereItMattersLess() {
        float[] row = gaussian(768, 1f, 9), importance = new float[768];
        for (int i = 0; i < 768; i++) importance[i] = i % 7 == 0 ? 100f : 0.01f;
        DigitType type = new DigitType(2, 96);
        float[] plain = rounded(type, row, null), weighted = rounded(type, row, importance);
        double before = 0, after = 0;
        for (int i = 0; i < 768; i += 7) {
            before += Math.pow(row[i] - plain[i], 2);
            after += Math.pow(row[i] - weighted[i], 2);
        }
        assertTrue(after < 0.8 * before, after + " against " + before);
        assertArrayEquals(plain, rounded(type, row, new float[768]));
        assertThrows(IllegalArgumentException.class, () -> rounded(type, row, new float[3]));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void valuesOnTheGridStay(int digits) {
        DigitType type = new DigitType(digits, 96);
        Random random = new Random(4);
        int max = DigitMatrix.maxLevel(digits);
        float[] row = new float[200];
        for (int i = 0; i < row.length; i++) row[i] = (random.nextInt(2 * max + 1) - max) * 0x1.4p-7f;
        row[0] = row[100] = row[199] = max * 0x1.4p-7f;
        assertArrayEquals(row, rounded(type, row, null));
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 1e-45f, 1e-30f, 1e-8f, 3e-7f, 1e-4f, 1e4f})
    void extremeRowsStayFinite(float scale) {
        float[] row = gaussian(100, scale, 3);
        float[] back = rounded(new DigitType(2, 96), row, null);
        for (int i = 0; i < 100; i++) assertTrue(Math.abs(back[i]) <= 8 * scale, row[i] + " became " + back[i]);
        if (scale > 4 * RowScales.SMALLEST) assertTrue(error(row, back) < 0.25, "relative error " + error(row, back));
    }

    @Test
    void weightsThatAreNotFiniteAreRefused() {
        float[] row = gaussian(96, 1, 1);
        row[17] = Float.NaN;
        var error = assertThrows(IllegalArgumentException.class, () -> rounded(new DigitType(2, 96), row, null));
        assertTrue(error.getMessage().contains("column 17"), error.getMessage());
    }

    @Test
    void zerosStayZeros() {
        assertEquals(0, error(new float[96], rounded(new DigitType(3, 96), new float[96], null)));
    }
}
