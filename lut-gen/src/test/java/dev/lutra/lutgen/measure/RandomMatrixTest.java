package dev.lutra.lutgen.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomMatrixTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void tritsAreUniformAndScalesInRange(int digits) {
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = RandomMatrix.of(50, 203, digits, 7, arena);
            int[] counts = new int[3];
            for (byte trit : matrix.planes().toArray(ValueLayout.JAVA_BYTE)) counts[trit + 1]++;
            for (int count : counts) assertEquals(1.0 / 3, count / (50.0 * 203 * digits), 0.02);
            for (int row = 0; row < 50; row++)
                for (int group = 0; group < matrix.groups(); group++) {
                    int scale = matrix.groupScale(row, group);
                    assertTrue(scale >= 1 && scale <= (digits == 1 ? 1 : DigitMatrix.maxGroupScale(digits)));
                }
        }
    }
}
