package dev.lutra.kernels.ternary;

import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** Matrices of digits to test and measure with. */
public final class RandomDigits {
    private RandomDigits() {}

    /** Uniform trits, group scales (where there is more than one digit) and row scales. */
    public static DigitMatrix uniform(
            int rows, int columns, int digits, int group, RandomGenerator random, Arena arena) {
        DigitMatrix matrix = DigitMatrix.allocate(rows, columns, digits, group, arena);
        for (long i = 0; i < matrix.planes().byteSize(); i++)
            matrix.planes().set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(3) - 1));
        for (int r = 0; r < rows; r++) matrix.rowScales()[r] = 0.01f + random.nextFloat();
        if (digits == 1) return withoutGroupScales(matrix);
        for (long i = 0; i < matrix.groupScales().byteSize(); i++)
            matrix.groupScales()
                    .set(ValueLayout.JAVA_BYTE, i, (byte) (1 + random.nextInt(DigitMatrix.maxGroupScale(digits))));
        return matrix;
    }

    /** All trits 1 under the largest group scale. */
    public static DigitMatrix largest(int rows, int columns, int digits, int group, Arena arena) {
        DigitMatrix matrix = DigitMatrix.allocate(rows, columns, digits, group, arena);
        matrix.planes().fill((byte) 1);
        matrix.groupScales().fill((byte) DigitMatrix.maxGroupScale(digits));
        return matrix;
    }

    private static DigitMatrix withoutGroupScales(DigitMatrix m) {
        return new DigitMatrix(m.rows(), m.columns(), 1, m.columns(), m.planes(), null, m.rowScales());
    }
}
