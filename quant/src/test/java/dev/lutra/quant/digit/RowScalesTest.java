package dev.lutra.quant.digit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.ternary.DigitMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowScalesTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void timesAnyGroupScaleTheyAreExactInFloat16(int digits) {
        int count = 0;
        for (float s = RowScales.SMALLEST; s < 1024; s = RowScales.next(s, digits), count++) {
            assertTrue(RowScales.isAllowed(s, digits));
            assertEquals(0, Float.floatToRawIntBits(s) & 0xFFFF, "no bfloat16: " + s);
            for (int m = 1; m <= DigitMatrix.maxGroupScale(digits); m++)
                assertEquals(s * m, Float.float16ToFloat(Float.floatToFloat16(s * m)));
        }
        assertTrue(count > 900);
    }

    @ParameterizedTest
    @ValueSource(floats = {0.1f, 3e-5f, 7e-7f, 123.4f, 1.9999f})
    void nearestIsWithinHalfAStep(float scale) {
        float nearest = RowScales.nearest(scale, 2);
        assertTrue(RowScales.isAllowed(nearest, 2));
        assertTrue(Math.abs(nearest - scale) <= (RowScales.next(nearest, 2) - nearest) / 2 * 1.0001f);
        assertFalse(RowScales.isAllowed(Math.nextUp(nearest), 2));
    }
}
