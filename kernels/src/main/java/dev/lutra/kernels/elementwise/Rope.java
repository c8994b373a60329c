package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/**
 * Rotary position embedding of the NEOX kind: within a head, element i is paired with element i + pairs. Elements behind the
 * rotated ones stay as they are.
 */
public sealed interface Rope permits RopeNative, RopeScalar, RopeVector {
    /**
     * Rotates {@code x} in place.
     *
     * @param x [tokens][heads * headLength]; row t is at position {@code firstPosition + t}
     * @param headLength elements of a head, at least twice the table's pairs
     */
    void apply(FloatMatrix x, int headLength, int firstPosition, RopeTable table, Team team);

    /** Checks the shapes of a call of {@link #apply}. */
    static void checkShapes(FloatMatrix x, int headLength, int firstPosition, RopeTable table) {
        if (x.columns() % headLength != 0 || 2 * table.pairs() > headLength)
            throw new IllegalArgumentException("heads of " + headLength + " do not divide rows of " + x.columns()
                    + " or hold " + table.pairs() + " pairs");
        if (firstPosition < 0 || firstPosition > table.positions() - x.rows())
            throw new IllegalArgumentException("positions " + firstPosition + " to " + (firstPosition + x.rows() - 1)
                    + " are beyond the " + table.positions() + " of the table");
    }
}
