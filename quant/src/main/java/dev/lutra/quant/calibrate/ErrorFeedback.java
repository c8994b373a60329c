package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/**
 * GPTQ: rounds position after position and lets the ones to come make up for each error. Within a block of positions the rows
 * go their own ways; what a block owes to those beyond it is paid by one matrix product.
 */
final class ErrorFeedback {
    /** Positions of a block: its part of the factor, 64 KiB, stays in the second-level cache of every core. */
    static final int BLOCK = 128;

    private final Metric metric;

    ErrorFeedback(Metric metric) {
        this.metric = metric;
    }

    /**
     * @param weights columns by position; what the feedback makes of them is left behind
     * @return levels, [rows][positions]
     */
    byte[] round(Matrix weights, Steps steps) {
        int rows = weights.rows(), columns = weights.columns();
        byte[] levels = new byte[Math.multiplyExact(rows, columns)];
        try (Arena arena = Arena.ofShared()) {
            Matrix errors = Matrix.allocate(arena, rows, Math.min(BLOCK, columns));
            for (int to = columns; to > 0; to -= BLOCK) {
                int from = Math.max(0, to - BLOCK), width = to - from;
                roundBlock(weights, steps, from, width, levels, errors);
                if (from > 0)
                    Blas.multiply(
                            -1,
                            errors.columns(0, width),
                            metric.factor().rows(from, width).columns(0, from),
                            1,
                            weights.columns(0, from));
            }
        }
        return levels;
    }

    private void roundBlock(Matrix weights, Steps steps, int from, int width, byte[] levels, Matrix errors) {
        float[] factor = new float[width * width];
        for (int i = 0; i < width; i++) metric.factor().read(from + i, from, i + 1, factor, i * width);
        int columns = weights.columns();
        IntStream.range(0, weights.rows()).parallel().forEach(row -> {
            float[] rest = new float[width], error = new float[width];
            weights.read(row, from, width, rest, 0);
            for (int i = width - 1; i >= 0; i--) {
                float step = steps.step(row, metric.column(from + i));
                int level = steps.nearest(rest[i], step);
                levels[row * columns + from + i] = (byte) level;
                error[i] = (rest[i] - level * step) / factor[i * width + i];
                spread(rest, error[i], factor, i * width, i);
            }
            errors.write(row, 0, width, error, 0);
        });
    }

    private static void spread(float[] rest, float error, float[] factor, int at, int count) {
        for (int k = 0; k < count; k++) rest[k] -= error * factor[at + k];
    }
}
