package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/**
 * Lowers {@code tr(E H Eᵀ)}, E being the error of the weights, by setting each level to its best value while the others stay:
 * every change lowers the objective. One pass goes through all positions once, block by block as {@link ErrorFeedback} does.
 */
final class CoordinateDescent {
    private static final int BLOCK = 128;

    private final Metric metric;

    CoordinateDescent(Metric metric) {
        this.metric = metric;
    }

    /**
     * @param targets the weights to come near, columns by position
     * @param levels [rows][positions], changed in place
     */
    void pass(Matrix targets, Steps steps, byte[] levels) {
        int rows = targets.rows(), columns = targets.columns();
        try (Arena arena = Arena.ofShared()) {
            Matrix errors = Matrix.allocate(arena, rows, columns), slopes = Matrix.allocate(arena, rows, columns);
            errors(targets, steps, levels, errors);
            metric.multiply(1, errors, 0, slopes);
            Matrix changes = Matrix.allocate(arena, rows, Math.min(BLOCK, columns));
            Matrix square = metric.factor();
            for (int to = columns; to > 0; to -= BLOCK) {
                int from = Math.max(0, to - BLOCK), width = to - from;
                descend(slopes, steps, from, width, levels, changes);
                // Positions behind this block are not looked at again in this pass.
                if (from > 0)
                    Blas.multiplyTransposed(
                            -1,
                            changes.columns(0, width),
                            square.rows(0, from).columns(from, width),
                            1,
                            slopes.columns(0, from));
            }
        }
    }

    private void descend(Matrix slopes, Steps steps, int from, int width, byte[] levels, Matrix changes) {
        float[] block = new float[width * width];
        for (int i = 0; i < width; i++)
            for (int k = 0; k < width; k++) block[i * width + k] = metric.at(from + i, from + k);
        int columns = slopes.columns();
        IntStream.range(0, slopes.rows()).parallel().forEach(row -> {
            float[] slope = new float[width], change = new float[width];
            slopes.read(row, from, width, slope, 0);
            for (int i = width - 1; i >= 0; i--) {
                int at = row * columns + from + i;
                float step = steps.step(row, metric.column(from + i));
                int level = steps.nearest(levels[at] * step + slope[i] / block[i * width + i], step);
                if (level == levels[at]) continue;
                change[i] = (level - levels[at]) * step;
                levels[at] = (byte) level;
                for (int k = 0; k < width; k++) slope[k] -= change[i] * block[i * width + k];
            }
            changes.write(row, 0, width, change, 0);
        });
    }

    /** {@code E = target - step * level}. */
    private void errors(Matrix targets, Steps steps, byte[] levels, Matrix errors) {
        int columns = targets.columns();
        IntStream.range(0, targets.rows()).parallel().forEach(row -> {
            float[] rest = targets.row(row);
            for (int i = 0; i < columns; i++) rest[i] -= levels[row * columns + i] * steps.step(row, metric.column(i));
            errors.write(row, 0, columns, rest, 0);
        });
    }

    /** The objective, {@code tr(E H Eᵀ)} with the metric's damping. */
    double objective(Matrix targets, Steps steps, byte[] levels) {
        try (Arena arena = Arena.ofShared()) {
            Matrix errors = Matrix.allocate(arena, targets.rows(), targets.columns());
            Matrix products = Matrix.allocate(arena, targets.rows(), targets.columns());
            errors(targets, steps, levels, errors);
            metric.multiply(1, errors, 0, products);
            return IntStream.range(0, targets.rows())
                    .mapToDouble(row -> dot(errors.row(row), products.row(row)))
                    .sum();
        }
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }
}
