package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** {@code exp(x - max) / sum} over each row. */
public sealed interface Softmax permits SoftmaxScalar, SoftmaxVector {
    /** Replaces every row of {@code x} by its softmax. */
    void apply(FloatMatrix x, Team team);
}
