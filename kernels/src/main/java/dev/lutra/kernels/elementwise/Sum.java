package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** Additions: residual connections, biases, weighted sums of experts. Exact to the bit in every implementation. */
public sealed interface Sum permits SumNative, SumScalar, SumVector {
    /** {@code y += x}, shapes equal. */
    void add(FloatMatrix x, FloatMatrix y, Team team);

    /** {@code y[t] += bias} for every row. */
    void addBias(float[] bias, FloatMatrix y, Team team);

    /** {@code y += factor * x}, product and sum rounded separately, shapes equal. */
    void addScaled(FloatMatrix x, float factor, FloatMatrix y, Team team);
}
