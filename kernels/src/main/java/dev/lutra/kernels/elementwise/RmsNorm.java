package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** Root-mean-square normalization: {@code y = x / sqrt(mean(x^2) + epsilon) * weight}. */
public sealed interface RmsNorm permits RmsNormScalar {
    /**
     * Normalizes every row, in parts as long as {@code weight}: the whole row, or each head when {@code weight} has the length
     * of a head.
     *
     * @param weight factors, a divisor of the columns
     * @param y the shape of {@code x}; may be {@code x} itself
     */
    void apply(FloatMatrix x, float[] weight, float epsilon, FloatMatrix y, Team team);
}
