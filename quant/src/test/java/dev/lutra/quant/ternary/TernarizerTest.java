package dev.lutra.quant.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TernarizerTest {
    private static TernarySurvey survey(float[]... rows) {
        TernarySurvey survey = new TernarySurvey(rows.length, rows[0].length);
        for (int row = rows.length - 1; row >= 0; row--) survey.addRow(row, rows[row], 0);
        return survey;
    }

    /** Trits and scale of BitNet's weight_quant (PyTorch, float32) for these eight weights. */
    @Test
    void roundsAsBitnetDoes() {
        float[] weights = {0.5f, -0.25f, 0.125f, -1f, 0.249f, 0.251f, 0f, 1.625f};
        Ternarizer ternarizer = survey(weights).ternarizer();
        assertFalse(ternarizer.isExact());
        assertEquals(0.5f, ternarizer.scale());
        int[] trits = new int[8];
        for (int i = 0; i < 8; i++) trits[i] = ternarizer.trit(weights[i]);
        assertArrayEquals(new int[] {1, 0, 0, -1, 0, 1, 0, 1}, trits);
    }

    @Test
    void tinyMatricesKeepTheSmallestMean() {
        assertEquals(1e-5f, survey(new float[] {1e-9f, -2e-9f}).ternarizer().scale());
    }

    @Test
    void ternaryMatricesAreRecognized() {
        float s = 0.0123f;
        TernarySurvey survey = survey(new float[] {s, 0, -s}, new float[] {0, -0f, 0}, new float[] {-s, -s, s});
        assertEquals(OptionalDouble.of(s), survey.exactScale());
        assertFalse(survey.isAllZero());
        Ternarizer ternarizer = survey.ternarizer();
        assertTrue(ternarizer.isExact());
        assertEquals(s, ternarizer.scale());
        MemorySegment trits = MemorySegment.ofArray(new byte[6]);
        ternarizer.toTrits(new float[] {9, -s, 0, s}, 1, 3, trits, 1);
        assertArrayEquals(new byte[] {0, 0, 0, -1, 0, 1}, trits.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void oneOddWeightSpoilsIt() {
        float s = 0.5f;
        assertEquals(
                OptionalDouble.empty(),
                survey(new float[] {s, 0, Math.nextUp(s)}).exactScale());
        assertFalse(survey(new float[] {s, 0, Math.nextUp(s)}).hasTernaryRows());
        TernarySurvey perRow = survey(new float[] {s, 0, -s}, new float[] {2 * s, 0, 0});
        assertEquals(OptionalDouble.empty(), perRow.exactScale());
        assertArrayEquals(new float[] {s, 2 * s}, perRow.rowScales());
    }

    @Test
    void matricesOfZerosAreTernaryAndReported() {
        TernarySurvey survey = survey(new float[4], new float[4]);
        assertTrue(survey.isAllZero());
        assertEquals(OptionalDouble.of(0), survey.exactScale());
        assertEquals(0, survey.ternarizer().trit(0));
    }

    @Test
    void weightsThatAreNotFiniteAreNamed() {
        var error =
                assertThrows(IllegalArgumentException.class, () -> survey(new float[2], new float[] {1, Float.NaN}));
        assertTrue(error.getMessage().startsWith("row 1, column 1 holds NaN"), error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> survey(new float[] {Float.POSITIVE_INFINITY}));
    }

    @Test
    void orderOfRowsDoesNotMatter() {
        Random random = new Random(5);
        float[][] rows = new float[50][33];
        for (float[] row : rows) for (int i = 0; i < row.length; i++) row[i] = (float) random.nextGaussian();
        TernarySurvey forward = new TernarySurvey(rows.length, 33);
        for (int row = 0; row < rows.length; row++) forward.addRow(row, rows[row], 0);
        assertEquals(forward.meanAbsolute(), survey(rows).meanAbsolute());
    }
}
