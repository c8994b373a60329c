package dev.lutra.quant.block;

import java.util.Arrays;

/**
 * Finds a scale d and codes q in [-levels, levels) by coordinate descent: starting from the largest weight on code -levels,
 * up to five rounds move one code at a time to where it lowers the error under the best d, errors weighted by x squared
 * (ggml's make_q3_quants).
 */
final class SymmetricDescent {
    private static final int ROUNDS = 5;

    private final int levels;

    SymmetricDescent(int levels) {
        this.levels = levels;
    }

    /**
     * @param x {@code n} weights from {@code at} on
     * @param codes receives q + levels from {@code codesAt} on, or zeros when all weights are negligible
     * @return d
     */
    float search(float[] x, int at, int n, byte[] codes, int codesAt) {
        float extreme = Scales.extreme(x, at, n);
        if (Math.abs(extreme) < Scales.NEGLIGIBLE) {
            Arrays.fill(codes, codesAt, codesAt + n, (byte) 0);
            return 0;
        }
        float inverse = -levels / extreme;
        float products = 0, squares = 0;
        for (int i = 0; i < n; i++) {
            float value = x[at + i];
            int l = clamp(Rounding.nearest(inverse * value));
            codes[codesAt + i] = (byte) l;
            float w = value * value;
            products += w * value * l;
            squares += w * l * l;
        }
        boolean changed = true;
        for (int round = 0; round < ROUNDS && changed; round++) {
            changed = false;
            for (int i = 0; i < n; i++) {
                float value = x[at + i];
                float w = value * value;
                int old = codes[codesAt + i];
                float otherProducts = products - w * value * old;
                if (!(otherProducts > 0)) continue;
                float otherSquares = squares - w * old * old;
                int l = clamp(Rounding.nearest(value * otherSquares / otherProducts));
                if (l == old) continue;
                float newProducts = otherProducts + w * value * l;
                float newSquares = otherSquares + w * l * l;
                if (newSquares > 0 && newProducts * newProducts * squares > products * products * newSquares) {
                    codes[codesAt + i] = (byte) l;
                    products = newProducts;
                    squares = newSquares;
                    changed = true;
                }
            }
        }
        for (int i = 0; i < n; i++) codes[codesAt + i] += (byte) levels;
        return squares > 0 ? products / squares : 0;
    }

    private int clamp(int code) {
        return Math.max(-levels, Math.min(levels - 1, code));
    }
}
