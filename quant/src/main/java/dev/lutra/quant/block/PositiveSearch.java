package dev.lutra.quant.block;

import java.util.Arrays;

/**
 * Finds a scale d and codes q in [0, levels] for values that are not negative, here the scales and minimums of the parts of a
 * block: eight neighbours of max / levels by their error, then coordinate descent (ggml's make_qp_quants).
 */
final class PositiveSearch {
    private static final int STEPS = 4;
    private static final int ROUNDS = 5;

    private final int levels;

    PositiveSearch(int levels) {
        this.levels = levels;
    }

    /**
     * @param x as many values as there are weights, from {@code at} on
     * @param weights weight of each one's error
     * @param codes receives q, an unsigned byte
     * @return d
     */
    float search(float[] x, int at, float[] weights, byte[] codes) {
        float largest = 0;
        for (int i = 0; i < weights.length; i++) if (x[at + i] > largest) largest = x[at + i];
        if (largest < Scales.NEGLIGIBLE) {
            Arrays.fill(codes, (byte) 0);
            return 0;
        }
        return descend(x, at, weights, codes, bestInverse(x, at, weights, largest));
    }

    private float bestInverse(float[] x, int at, float[] weights, float largest) {
        float best = levels / largest;
        // the unshifted scale is judged by codes wrapped to a byte, not capped
        float bestError = error(x, at, weights, best, 0xFF, Integer.MAX_VALUE);
        for (int step = -STEPS; step <= STEPS; step++) {
            if (step == 0) continue;
            float inverse = (0.1f * step + levels) / largest;
            float error = error(x, at, weights, inverse, -1, levels);
            if (error < bestError) {
                bestError = error;
                best = inverse;
            }
        }
        return best;
    }

    private static float error(float[] x, int at, float[] weights, float inverse, int mask, int cap) {
        float scale = 1 / inverse;
        float error = 0;
        for (int i = 0; i < weights.length; i++) {
            int l = Math.min(cap, Rounding.nearest(inverse * x[at + i]) & mask);
            float difference = x[at + i] - scale * l;
            error += weights[i] * difference * difference;
        }
        return error;
    }

    private float descend(float[] x, int at, float[] weights, byte[] codes, float inverse) {
        float products = 0, squares = 0;
        for (int i = 0; i < weights.length; i++) {
            int l = Math.min(levels, Rounding.nearest(inverse * x[at + i]));
            codes[i] = (byte) l;
            products += weights[i] * x[at + i] * l;
            squares += weights[i] * l * l;
        }
        boolean changed = true;
        for (int round = 0; round < ROUNDS && changed; round++) {
            changed = false;
            for (int i = 0; i < weights.length; i++) {
                float w = weights[i];
                int old = codes[i] & 0xFF;
                float otherProducts = products - w * x[at + i] * old;
                float otherSquares = squares - w * old * old;
                if (!(otherProducts > 0 && otherSquares > 0)) continue;
                int l = Math.min(levels, Rounding.nearest(x[at + i] * otherSquares / otherProducts));
                if (l == old) continue;
                float newProducts = otherProducts + w * x[at + i] * l;
                float newSquares = otherSquares + w * l * l;
                if (newProducts * newProducts * squares > products * products * newSquares) {
                    codes[i] = (byte) l;
                    products = newProducts;
                    squares = newSquares;
                    changed = true;
                }
            }
        }
        return squares > 0 ? products / squares : 0;
    }
}
