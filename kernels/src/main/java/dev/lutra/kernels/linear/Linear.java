package dev.lutra.kernels.linear;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** A weight matrix W of {@link #rows} x {@link #columns}, laid out for one kernel. Immutable; one call at a time per team. */
public interface Linear {
    /** Outputs, M. */
    int rows();

    /** Inputs, K. */
    int columns();

    /** Weight format, run-time layout and kernel in a few words, for logs and benchmarks. */
    String describe();

    /** Private memory that this matrix holds; 0 when it reads the mapped file. */
    long residentBytes();

    /**
     * Bytes of weights that one pass over the matrix reads, wherever they lie: what a product of one token costs in memory
     * traffic.
     */
    long weightBytes();

    /**
     * {@code y[t][r] = sum over k of W[r][k] x[t][k]} for every token t of {@code x}. The result does not depend on the size
     * of the team, nor on which other tokens are there.
     *
     * @param y {@code x.tokens()} rows or more, {@link #rows} columns
     */
    void multiply(Activations x, FloatMatrix y, Team team);

    /**
     * {@code y = f(gate x) * up x} for a matrix whose first half of rows is the gate and whose second half is up, where that
     * saves storing both halves; the bits of {@link #multiply} followed by the gate of the same kind of kernels.
     *
     * @param y {@code x.tokens()} rows or more, half of {@link #rows} columns
     * @return false when nothing was done: multiply, then apply the gate
     */
    default boolean multiplyGated(Gate.Activation f, Activations x, FloatMatrix y, Team team) {
        return false;
    }

    /** Checks the shapes of a call of {@link #multiply}. */
    default void checkShapes(Activations x, FloatMatrix y) {
        if (x.columns() != columns() || y.columns() != rows() || y.rows() < x.tokens())
            throw new IllegalArgumentException("a matrix of " + rows() + " x " + columns() + " does not map "
                    + x.tokens() + " x " + x.columns() + " to " + y.rows() + " x " + y.columns());
    }
}
