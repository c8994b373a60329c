package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;

/**
 * Weights that give the full-precision model's outputs on the inputs that the quantized layers before really deliver.
 *
 * <p>With inputs X of the quantized model and wanted outputs Y, least squares asks for {@code W + (YᵀX - W H) H⁻¹}. A few
 * thousand tokens do not determine it well, so only a part of the step is taken. Wanted outputs may include what the residual
 * stream has lost before, for the projections that add to it.
 */
public final class TargetCorrection {
    private final Matrix difference;

    /**
     * Gathers {@code Yᵀ X} for one matrix.
     *
     * @param rows outputs
     * @param columns inputs
     */
    public TargetCorrection(int rows, int columns, Arena arena) {
        difference = Matrix.allocate(arena, rows, columns);
    }

    /** Adds some tokens: wanted outputs [tokens][rows] for inputs [tokens][columns]. */
    public void add(Matrix wanted, Matrix inputs) {
        Blas.transposedMultiply(1, wanted, inputs, 1, difference);
    }

    /**
     * Stands for {@link #add} and {@link #compare} where {@code weights} themselves give the wanted outputs, from other inputs.
     *
     * @param cross sums over tokens of (wanted - present input)ᵀ (present input), [columns][columns]: one pass over the tokens
     *     gathers it for all matrices that read the same inputs
     */
    public void addCross(Matrix weights, Matrix cross) {
        Blas.multiply(1, weights, cross, 1, difference);
    }

    /** Subtracts what {@code weights} give: to be called once, after the last {@link #add}, before moments become a metric. */
    public void compare(Matrix weights, Moments moments) {
        moments.multiply(-1, weights, 1, difference);
    }

    /**
     * Moves {@code weights} towards the least-squares solution.
     *
     * @param share of the way, 0 to 1
     */
    public void apply(Matrix weights, Metric metric, float share) {
        try (Arena arena = Arena.ofShared()) {
            Matrix step = Matrix.allocate(arena, weights.rows(), weights.columns());
            metric.arrange(difference, step);
            metric.divide(step);
            metric.restore(step, difference);
        }
        for (int row = 0; row < weights.rows(); row++) {
            float[] values = weights.row(row), step = difference.row(row);
            for (int i = 0; i < values.length; i++) values[i] += share * step[i];
            weights.write(row, 0, values.length, values, 0);
        }
    }
}
