package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/**
 * Weights of one to three ternary digits times int8 activations. The sum over a row is one exact int32, so every
 * implementation gives the same one, and the float result is made of it by one formula.
 */
public sealed interface TernaryLinear extends Linear
        permits TernaryMultiply, TernaryNative, TernaryScalar, TernaryVector {
    /** Digits per weight, 1 to 3. */
    int digits();

    /**
     * {@code sums[t][r] = sum over k of m[r, g] (t0 + 3 t1 + 9 t2) q[t][k]}.
     *
     * @param sums int32 [tokens][rows]
     */
    void accumulate(Activations x, MemorySegment sums, Team team);

    /** What a sum is worth: {@code (float) sum * (rowScale / activationScale)}, in this order of operations. */
    static float scaled(int sum, float rowScale, float activationScale) {
        return sum * (rowScale / activationScale);
    }

    /** {@link #scaled} for rows {@code [from, to)} of one token. */
    static void scaleRow(
            MemorySegment sums, long at, float[] rowScales, int from, int to, Int8Rows x, int token, FloatMatrix y) {
        float scale = x.scale(token);
        long out = y.offset(token);
        for (int r = from; r < to; r++)
            y.segment()
                    .set(
                            JAVA_FLOAT,
                            out + (long) r * Float.BYTES,
                            scaled(sums.get(JAVA_INT, at + (long) (r - from) * Integer.BYTES), rowScales[r], scale));
    }
}
