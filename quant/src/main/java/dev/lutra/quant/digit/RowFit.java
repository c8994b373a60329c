package dev.lutra.quant.digit;

import java.util.Arrays;

/**
 * How well uniform grids of {@code -limit…limit} times a step fit the groups of one row. Every group is measured at steps between
 * a fraction of its largest weight and beyond, so that any step in between can be judged without looking at the weights again.
 *
 * <p>All groups are measured in one loop over the row: long enough to be vectorized, which a group is not.
 */
final class RowFit {
    /** From max|w| / limit times this … */
    private static final float FIRST = 0.42f;

    /** … in steps of this factor … */
    private static final float FACTOR = 1.085f;

    /** … as many times: up to 1.03. Larger steps only waste the outer levels. */
    private static final int STEPS = 12;

    private static final double LOG_FACTOR = Math.log(FACTOR);

    /** Added to a small float and taken away again, it rounds to a whole number, halves to even. */
    private static final float ROUNDER = 0x1.8p23f;

    private final float[] weights;
    private final float[] importance;
    private final int group;
    private final float limit;
    /** Of each column: the step, its inverse, the weighted squared error under it. */
    private final float[] steps;

    private final float[] inverses;
    private final float[] terms;

    private final float[] firstSteps;
    private final double[] logFirstSteps;
    /** [groups][STEPS]. */
    private final double[][] errors;

    private final float[] bestSteps;
    private final double[] bestErrors;
    private final double[] bestPlaces;

    /** @param importance of each weight, positive */
    RowFit(float[] weights, float[] importance, int group, int limit) {
        this.weights = weights;
        this.importance = importance;
        this.group = group;
        this.limit = limit;
        int groups = Math.ceilDiv(weights.length, group);
        steps = new float[weights.length];
        inverses = new float[weights.length];
        terms = new float[weights.length];
        firstSteps = new float[groups];
        logFirstSteps = new double[groups];
        errors = new double[groups][STEPS];
        bestSteps = new float[groups];
        bestPlaces = new double[groups];
        findFirstSteps();
        measureSteps();
        refineBestSteps();
        bestErrors = errors(bestSteps);
    }

    private void findFirstSteps() {
        for (int g = 0; g < groups(); g++) {
            float largest = 0;
            for (int i = g * group; i < end(g); i++) largest = Math.max(largest, Math.abs(weights[i]));
            // what S can express rounds anything smaller to zero
            firstSteps[g] = largest < RowScales.SMALLEST / 4 ? 0 : largest / limit * FIRST;
            logFirstSteps[g] = Math.log(firstSteps[g]);
        }
    }

    private void measureSteps() {
        float[] tried = firstSteps.clone();
        double[] least = new double[groups()];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        for (int step = 0; step < STEPS; step++) {
            double[] found = errors(tried);
            for (int g = 0; g < groups(); g++) {
                errors[g][step] = found[g];
                if (found[g] < least[g]) {
                    least[g] = found[g];
                    bestSteps[g] = tried[g];
                }
                tried[g] *= FACTOR;
            }
        }
    }

    /** Moves each best step to where it fits best while every weight keeps its level. */
    private void refineBestSteps() {
        byte[] levels = levels(bestSteps);
        for (int g = 0; g < groups(); g++) {
            double product = 0, square = 0;
            for (int i = g * group; i < end(g); i++) {
                float weighted = importance[i] * levels[i];
                product += weighted * weights[i];
                square += weighted * levels[i];
            }
            if (square > 0) bestSteps[g] = (float) (product / square);
            bestPlaces[g] = (Math.log(bestSteps[g]) - logFirstSteps[g]) / LOG_FACTOR;
        }
    }

    int groups() {
        return firstSteps.length;
    }

    private int end(int g) {
        return Math.min(weights.length, (g + 1) * group);
    }

    /** Whether all weights of group {@code g} are 0, so that every step fits. */
    boolean isZero(int g) {
        return firstSteps[g] == 0;
    }

    /** The step that fits group {@code g} best; 0 when {@link #isZero}. */
    float bestStep(int g) {
        return isZero(g) ? 0 : bestSteps[g];
    }

    /** The weighted squared error of each group at a step of its own. */
    double[] errors(float[] stepOfGroup) {
        spread(stepOfGroup);
        fillTerms(weights, importance, steps, inverses, limit, terms);
        double[] sums = new double[groups()];
        for (int g = 0; g < sums.length; g++) sums[g] = sum(terms, g * group, end(g));
        return sums;
    }

    /** The level of each weight when its group has the given step. */
    byte[] levels(float[] stepOfGroup) {
        spread(stepOfGroup);
        byte[] levels = new byte[weights.length];
        for (int i = 0; i < levels.length; i++) levels[i] = (byte) level(weights[i], inverses[i], limit);
        return levels;
    }

    private void spread(float[] stepOfGroup) {
        for (int g = 0; g < stepOfGroup.length; g++) {
            Arrays.fill(steps, g * group, end(g), stepOfGroup[g]);
            Arrays.fill(inverses, g * group, end(g), isZero(g) ? 0 : 1 / stepOfGroup[g]);
        }
    }

    /** Apart from the rest, and without fields, so that the compiler turns it into vector instructions. */
    private static void fillTerms(
            float[] weights, float[] importance, float[] steps, float[] inverses, float limit, float[] terms) {
        for (int i = 0; i < terms.length; i++) {
            float miss = weights[i] - steps[i] * level(weights[i], inverses[i], limit);
            terms[i] = importance[i] * miss * miss;
        }
    }

    private static float level(float weight, float inverse, float limit) {
        return Math.max(-limit, Math.min(limit, weight * inverse)) + ROUNDER - ROUNDER;
    }

    private static double sum(float[] terms, int from, int to) {
        float a = 0, b = 0, c = 0, d = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a += terms[i];
            b += terms[i + 1];
            c += terms[i + 2];
            d += terms[i + 3];
        }
        for (; i < to; i++) a += terms[i];
        return (double) a + b + c + d;
    }

    /** The error of group {@code g} at the step with logarithm {@code logStep}, read off between the steps that were tried. */
    double estimate(int g, double logStep) {
        if (isZero(g)) return 0;
        double place = (logStep - logFirstSteps[g]) / LOG_FACTOR, best = bestPlaces[g];
        double[] known = errors[g];
        if (place <= 0) return known[0] * (1 - place);
        if (place >= STEPS - 1) return known[STEPS - 1] * (2 + place - STEPS);
        int below = (int) place;
        if (best <= below || best >= below + 1)
            return known[below] + (place - below) * (known[below + 1] - known[below]);
        if (place < best) return bestErrors[g] + (best - place) / (best - below) * (known[below] - bestErrors[g]);
        return bestErrors[g] + (place - best) / (below + 1 - best) * (known[below + 1] - bestErrors[g]);
    }
}
