package dev.lutra.quant.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigitMatrixTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyLevelIsWrittenAsDigitsAndReadBack(int digits) {
        int max = DigitMatrix.maxLevel(digits);
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(2, 2 * max + 1, digits, 32, arena);
            for (int level = -max; level <= max; level++) matrix.setLevel(1, level + max, level);
            for (int level = -max; level <= max; level++) {
                assertEquals(level, matrix.level(1, level + max));
                assertEquals(0, matrix.level(0, level + max));
            }
            assertThrows(IllegalArgumentException.class, () -> matrix.setLevel(0, 0, max + 1));
        }
    }

    @Test
    void groupScaleTimesLevelFitsASignedByte() {
        for (int digits = 1; digits <= 3; digits++)
            assertEquals(true, DigitMatrix.maxGroupScale(digits) * DigitMatrix.maxLevel(digits) <= Byte.MAX_VALUE);
        assertEquals(31, DigitMatrix.maxGroupScale(2));
        assertEquals(9, DigitMatrix.maxGroupScale(3));
    }

    @Test
    void weightIsRowScaleTimesGroupScaleTimesLevel() {
        try (Arena arena = Arena.ofConfined()) {
            DigitMatrix matrix = DigitMatrix.allocate(2, 5, 2, 3, arena);
            matrix.rowScales()[1] = 0.5f;
            matrix.groupScales().set(ValueLayout.JAVA_BYTE, 3, (byte) 7);
            matrix.setLevel(1, 2, -4);
            matrix.setLevel(1, 3, 3);
            float[] row = new float[6];
            matrix.dequantizeRow(1, row, 1);
            assertArrayEquals(new float[] {0, 0, 0, -2f, 10.5f, 0}, row);
        }
    }

    @Test
    void ternaryMatrixIsTheOneDigitCase() {
        MemorySegment trits = MemorySegment.ofArray(new byte[] {1, 0, -1, -1, 1, 0});
        DigitMatrix matrix = DigitMatrix.of(new TernaryMatrix(2, 3, trits, 0.25f));
        float[] row = new float[3];
        matrix.dequantizeRow(1, row, 0);
        assertArrayEquals(new float[] {-0.25f, 0.25f, 0f}, row);
        assertEquals(1, matrix.groups());
    }

    @Test
    void partsOfTheWrongSizeAreRefused() {
        MemorySegment trits = MemorySegment.ofArray(new byte[12]);
        float[] scales = new float[2];
        assertThrows(IllegalArgumentException.class, () -> new DigitMatrix(2, 4, 2, 4, trits, trits, scales));
        assertThrows(IllegalArgumentException.class, () -> new DigitMatrix(2, 3, 2, 4, trits, null, scales));
        assertThrows(IllegalArgumentException.class, () -> new DigitMatrix(2, 3, 2, 3, trits, trits, scales));
        assertThrows(IllegalArgumentException.class, () -> DigitMatrix.maxLevel(4));
    }
}
