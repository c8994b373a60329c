package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** The gate of a feed-forward block: {@code y = f(gate) * up}, element by element. */
public sealed interface Gate permits GateNative, GateScalar, GateVector {
    /** What is applied to the gate. */
    enum Activation {
        /** {@code g / (1 + exp(-g))}: SwiGLU. */
        SILU,
        /** {@code max(g, 0)^2}: BitNet b1.58 2B. */
        SQUARED_RELU,
        /** {@code 1 / (1 + exp(-g))}: the output gates of Qwen3.5 and of shared experts. */
        SIGMOID;

        /** Its number in {@code lutra_kernels.h}; asked for only where the C library is there. */
        public int number() {
            return switch (this) {
                case SILU -> Lutra.LUTRA_SILU();
                case SQUARED_RELU -> Lutra.LUTRA_SQUARED_RELU();
                case SIGMOID -> Lutra.LUTRA_SIGMOID();
            };
        }
    }

    /** All three of one shape; {@code y} may be {@code gate} or {@code up}. */
    void apply(Activation activation, FloatMatrix gate, FloatMatrix up, FloatMatrix y, Team team);

    /** As {@link #apply(Activation, FloatMatrix, FloatMatrix, FloatMatrix, Team)} into the rows of {@code y}, the input of a product. */
    default void apply(Activation activation, FloatMatrix gate, FloatMatrix up, Activations y, Team team) {
        apply(activation, gate, up, y.values(), team);
    }
}
