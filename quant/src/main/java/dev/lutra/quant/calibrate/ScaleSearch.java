package dev.lutra.quant.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.util.stream.IntStream;

/** First scales of a matrix, before any level is chosen: least error of plain rounding, channels weighted by input power. */
final class ScaleSearch {
    /** Steps tried for a group, from the first share of largest weight / largest level to the second. */
    private static final int CANDIDATES = 28;

    private static final float LEAST = 0.35f;
    private static final float MOST = 1.05f;

    private final DigitType type;
    private final float[] powers;
    private final int maxLevel;
    private final int maxScale;

    ScaleSearch(DigitType type, float[] powers) {
        this.type = type;
        this.powers = powers;
        maxLevel = DigitMatrix.maxLevel(type.digits());
        maxScale = DigitMatrix.maxGroupScale(type.digits());
    }

    DigitScales search(Matrix weights) {
        DigitScales scales = DigitScales.of(type, weights.rows(), weights.columns());
        IntStream.range(0, weights.rows()).parallel().forEach(row -> fitRow(weights.row(row), row, scales));
        return scales;
    }

    private void fitRow(float[] weights, int row, DigitScales scales) {
        int groups = scales.groups();
        float[] free = new float[groups];
        float largest = 0;
        for (int g = 0; g < groups; g++) {
            int from = g * type.group(), to = Math.min(weights.length, from + type.group());
            free[g] = freeScale(weights, from, to);
            largest = Math.max(largest, free[g]);
        }
        double least = Double.POSITIVE_INFINITY;
        int[] trial = new int[groups];
        for (int top = Math.max(1, maxScale / 2); top <= maxScale; top++) {
            float rowScale = DigitScales.rowScale(largest / top, type.digits());
            double error = 0;
            for (int g = 0; g < groups && error < least; g++) {
                trial[g] = Math.clamp(Math.round(free[g] / rowScale), 1, maxScale);
                int from = g * type.group(), to = Math.min(weights.length, from + type.group());
                error += error(weights, from, to, rowScale * trial[g]);
            }
            if (!(error < least)) continue;
            least = error;
            scales.rowScales()[row] = rowScale;
            for (int g = 0; g < groups; g++) scales.setGroupScale(row, g, trial[g]);
        }
        if (least == Double.POSITIVE_INFINITY)
            throw new IllegalArgumentException("row " + row + " has a weight that is not a finite number");
    }

    /** The step of one group, refitted by least squares to the levels that it leads to. */
    private float freeScale(float[] weights, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) largest = Math.max(largest, Math.abs(weights[i]));
        if (largest == 0) return 0;
        double least = Double.POSITIVE_INFINITY;
        float best = largest / maxLevel;
        for (int k = 0; k < CANDIDATES; k++) {
            float step = largest / maxLevel * (LEAST + (MOST - LEAST) * k / (CANDIDATES - 1));
            float inverse = 1 / step;
            float product = 0, square = 0;
            for (int i = from; i < to; i++) {
                float level = level(weights[i] * inverse);
                product += powers[i] * weights[i] * level;
                square += powers[i] * level * level;
            }
            if (square <= 0 || product <= 0) continue;
            float refitted = product / square;
            float error = 0;
            for (int i = from; i < to; i++) {
                float rest = weights[i] - refitted * level(weights[i] * inverse);
                error += powers[i] * rest * rest;
            }
            if (error < least) {
                least = error;
                best = refitted;
            }
        }
        return best;
    }

    private double error(float[] weights, int from, int to, float step) {
        float inverse = 1 / step, sum = 0;
        for (int i = from; i < to; i++) {
            float rest = weights[i] - step * level(weights[i] * inverse);
            sum += powers[i] * rest * rest;
        }
        return sum;
    }

    private float level(float ratio) {
        return Math.clamp(Math.round(ratio), -maxLevel, maxLevel);
    }
}
