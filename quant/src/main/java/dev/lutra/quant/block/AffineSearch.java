package dev.lutra.quant.block;

import java.util.Arrays;

/**
 * Finds a scale d, a minimum m and codes q in [0, levels] for which the weighted error of d * q - m is small: a sweep over
 * trial scales around (max - min) / levels, each giving codes, for which the best d and m follow by linear regression. An m
 * that improves on those before is where the next trials begin (ggml's make_qkx2_quants and make_qkx3_quants).
 */
final class AffineSearch {
    /**
     * The trial scales: (max - min) / (levels + first + step * i), i from 0 to {@code steps}.
     *
     * @param absolute whether errors count by magnitude instead of squared
     */
    record Sweep(float first, float step, int steps, boolean absolute) {
        /** What every format uses under an importance matrix. */
        static final Sweep WEIGHTED = new Sweep(-0.9f, 0.05f, 36, false);
    }

    private final int levels;
    private final int length;
    private final Sweep sweep;
    private final byte[] trial;
    private float scale;
    private float minimum;

    AffineSearch(int levels, int length, Sweep sweep) {
        this.levels = levels;
        this.length = length;
        this.sweep = sweep;
        this.trial = new byte[length];
    }

    /** d of the last search. */
    float scale() {
        return scale;
    }

    /** m of the last search: not negative, to be subtracted. */
    float minimum() {
        return -minimum;
    }

    /**
     * @param x as many weights as the search was made for, from {@code at} on
     * @param weights weight of each one's error, from {@code weightsAt} on
     * @param codes receives q from {@code codesAt} on
     */
    void search(float[] x, int at, float[] weights, int weightsAt, byte[] codes, int codesAt) {
        float min = x[at], max = x[at];
        float sumW = weights[weightsAt];
        float sumX = sumW * x[at];
        for (int i = 1; i < length; i++) {
            float value = x[at + i];
            if (value < min) min = value;
            if (value > max) max = value;
            float w = weights[weightsAt + i];
            sumW += w;
            sumX += w * value;
        }
        if (min > 0) min = 0;
        if (max == min) {
            minimum = min;
            Arrays.fill(codes, codesAt, codesAt + length, (byte) 0);
            scale = 0;
            return;
        }
        float inverse = levels / (max - min);
        scale = 1 / inverse;
        for (int i = 0; i < length; i++) codes[codesAt + i] = code(inverse * (x[at + i] - min));
        float bestError = error(x, at, weights, weightsAt, codes, codesAt, scale, min);
        for (int i = 0; i <= sweep.steps; i++) {
            inverse = (sweep.first + sweep.step * i + levels) / (max - min);
            float sumL = 0, sumL2 = 0, sumXL = 0;
            for (int j = 0; j < length; j++) {
                float value = x[at + j];
                byte l = code(inverse * (value - min));
                trial[j] = l;
                float wl = weights[weightsAt + j] * l;
                sumL += wl;
                sumL2 += wl * l;
                sumXL += wl * value;
            }
            float determinant = sumW * sumL2 - sumL * sumL;
            if (!(determinant > 0)) continue;
            float trialScale = (sumW * sumXL - sumX * sumL) / determinant;
            float trialMinimum = (sumL2 * sumX - sumL * sumXL) / determinant;
            if (trialMinimum > 0) {
                trialMinimum = 0;
                trialScale = sumXL / sumL2;
            }
            float error = error(x, at, weights, weightsAt, trial, 0, trialScale, trialMinimum);
            if (error < bestError) {
                System.arraycopy(trial, 0, codes, codesAt, length);
                bestError = error;
                scale = trialScale;
                min = trialMinimum;
            }
        }
        minimum = min;
    }

    private byte code(float scaled) {
        return (byte) Math.max(0, Math.min(levels, Rounding.nearest(scaled)));
    }

    private float error(
            float[] x,
            int at,
            float[] weights,
            int weightsAt,
            byte[] codes,
            int codesAt,
            float trialScale,
            float trialMinimum) {
        float error = 0;
        if (sweep.absolute) {
            for (int i = 0; i < length; i++)
                error += weights[weightsAt + i] * Math.abs(trialScale * codes[codesAt + i] + trialMinimum - x[at + i]);
        } else {
            for (int i = 0; i < length; i++) {
                float difference = trialScale * codes[codesAt + i] + trialMinimum - x[at + i];
                error += weights[weightsAt + i] * (difference * difference);
            }
        }
        return error;
    }
}
