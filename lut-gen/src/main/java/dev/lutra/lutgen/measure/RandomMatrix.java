package dev.lutra.lutgen.measure;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Seeded matrices to measure with: uniform trits, as trained ternary weights nearly are. */
public final class RandomMatrix {
    /** Columns that share a scale in digit formats. */
    private static final int GROUP = 96;

    private RandomMatrix() {}

    /** A matrix of {@code digits} trits per weight in memory of {@code arena}; one digit has no group scales. */
    public static DigitMatrix of(int rows, int columns, int digits, long seed, Arena arena) {
        SplittableRandom random = new SplittableRandom(seed);
        DigitMatrix matrix = DigitMatrix.allocate(rows, columns, digits, GROUP, arena);
        byte[] row = new byte[columns];
        for (long at = 0; at < matrix.planes().byteSize(); at += columns) {
            for (int k = 0; k < columns; k += 19) {
                // 19 trits from 31 bits: 3^19 < 2^31
                for (int i = k, bits = random.nextInt() & Integer.MAX_VALUE;
                        i < Math.min(k + 19, columns);
                        i++, bits /= 3) row[i] = (byte) (bits % 3 - 1);
            }
            MemorySegment.copy(row, 0, matrix.planes(), JAVA_BYTE, at, columns);
        }
        if (digits == 1) return new DigitMatrix(rows, columns, 1, columns, matrix.planes(), null, matrix.rowScales());
        for (long i = 0; i < matrix.groupScales().byteSize(); i++)
            matrix.groupScales().set(JAVA_BYTE, i, (byte) (1 + random.nextInt(DigitMatrix.maxGroupScale(digits))));
        return matrix;
    }
}
