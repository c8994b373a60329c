package dev.lutra.quant.block;

import java.util.Arrays;

/**
 * Finds a scale d and codes q in [-levels, levels) for which the weighted squared error of d * q is small: 19 ways to place
 * the largest weight on or beside code -levels, each judged by the error that remains under the best d for its codes
 * (ggml's make_qx_quants).
 */
final class SymmetricSearch {
    /** Trials on either side of the scale that puts the largest weight on code -levels. */
    static final int STEPS = 9;

    private final int levels;
    private float products;
    private float squares;

    SymmetricSearch(int levels) {
        this.levels = levels;
    }

    /**
     * @param x {@code n} weights from {@code at} on
     * @param weights weights of the errors from {@code weightsAt} on
     * @param codes receives q + levels from {@code codesAt} on, or zeros when all weights are negligible
     * @return d
     */
    float search(float[] x, int at, int n, float[] weights, int weightsAt, byte[] codes, int codesAt) {
        float extreme = Scales.extreme(x, at, n);
        if (Math.abs(extreme) < Scales.NEGLIGIBLE) {
            Arrays.fill(codes, codesAt, codesAt + n, (byte) 0);
            return 0;
        }
        float inverse = -levels / extreme;
        measure(x, at, n, weights, weightsAt, inverse);
        float scale = squares != 0 ? products / squares : 0;
        float best = scale * products;
        float chosen = inverse;
        for (int step = -STEPS; step <= STEPS; step++) {
            if (step == 0) continue;
            inverse = -(levels + 0.1f * step) / extreme;
            measure(x, at, n, weights, weightsAt, inverse);
            if (squares > 0 && products * products > best * squares) {
                scale = products / squares;
                best = scale * products;
                chosen = inverse;
            }
        }
        for (int i = 0; i < n; i++) codes[codesAt + i] = (byte) (levels + code(chosen * x[at + i]));
        return scale;
    }

    private void measure(float[] x, int at, int n, float[] weights, int weightsAt, float inverse) {
        float lx = 0, l2 = 0;
        for (int i = 0; i < n; i++) {
            float w = weights[weightsAt + i];
            float value = x[at + i];
            int l = code(inverse * value);
            lx += w * value * l;
            l2 += w * l * l;
        }
        products = lx;
        squares = l2;
    }

    private int code(float scaled) {
        return Math.max(-levels, Math.min(levels - 1, Rounding.nearest(scaled)));
    }
}
