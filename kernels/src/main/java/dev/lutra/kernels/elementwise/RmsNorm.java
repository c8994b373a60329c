package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** Root-mean-square normalization: {@code y = x / sqrt(mean(x^2) + epsilon) * weight}. */
public sealed interface RmsNorm permits RmsNormNative, RmsNormScalar, RmsNormVector {
    /**
     * Normalizes every row, in parts as long as {@code weight}: the whole row, or each head when {@code weight} has the length
     * of a head.
     *
     * @param weight factors, a divisor of the columns
     * @param y the shape of {@code x}; may be {@code x} itself
     */
    void apply(FloatMatrix x, float[] weight, float epsilon, FloatMatrix y, Team team);

    /** As {@link #apply(FloatMatrix, float[], float, FloatMatrix, Team)} into the rows of {@code y}, the input of a product. */
    default void apply(FloatMatrix x, float[] weight, float epsilon, Activations y, Team team) {
        apply(x, weight, epsilon, y.values(), team);
    }

    /** Checks the shapes of a call of {@link #apply}. */
    static void checkShapes(FloatMatrix x, float[] weight, FloatMatrix y) {
        Rows.requireSameShape(x, y);
        if (weight.length == 0 || x.columns() % weight.length != 0)
            throw new IllegalArgumentException(weight.length + " norm weights do not divide rows of " + x.columns());
    }
}
