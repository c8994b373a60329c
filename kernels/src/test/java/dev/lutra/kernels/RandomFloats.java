package dev.lutra.kernels;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.random.RandomGenerator;

/** Float matrices to test and measure with. */
public final class RandomFloats {
    private RandomFloats() {}

    /** Normally distributed values of the given deviation. */
    public static FloatMatrix gaussian(int rows, int columns, double deviation, RandomGenerator random, Arena arena) {
        FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
        fill(matrix, deviation, random);
        return matrix;
    }

    /** Replaces all values by normally distributed ones. */
    public static void fill(FloatMatrix matrix, double deviation, RandomGenerator random) {
        for (int r = 0; r < matrix.rows(); r++)
            for (int c = 0; c < matrix.columns(); c++) matrix.set(r, c, (float) (deviation * random.nextGaussian()));
    }

    /** Normally distributed values. */
    public static float[] gaussian(int count, RandomGenerator random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float) random.nextGaussian();
        return values;
    }

    /** A copy with memory of its own. */
    public static FloatMatrix copy(FloatMatrix source, Arena arena) {
        FloatMatrix copy = FloatMatrix.allocate(arena, source.rows(), source.columns());
        float[] row = new float[source.columns()];
        for (int r = 0; r < source.rows(); r++) {
            source.copyRow(r, row, 0);
            copy.setRow(r, row, 0);
        }
        return copy;
    }
}
