package dev.lutra.quant.digit;

/**
 * How well a uniform grid of {@code -limit…limit} times a step fits one group of weights, measured at steps between a fraction of
 * the largest weight and beyond, so that any step in between can be judged without looking at the weights again.
 */
final class GroupFit {
    /** From max|w| / limit times this … */
    private static final float FIRST = 0.40f;

    /** … in steps of this factor … */
    private static final float FACTOR = 1.045f;

    /** … as many times: up to 1.10. Larger steps only waste the outer levels. */
    private static final int STEPS = 24;

    private static final double LOG_FACTOR = Math.log(FACTOR);

    private final float[] weights;
    private final float[] importance;
    private final int from;
    private final int count;
    private final int limit;
    private final double[] errors = new double[STEPS];
    private final float firstStep;
    private final double logFirstStep;
    private final float bestStep;
    private final double bestError;
    private final double bestPlace;

    /** @param importance of the weights at the same places, all 1 where nothing is known */
    GroupFit(float[] weights, float[] importance, int from, int count, int limit) {
        this.weights = weights;
        this.importance = importance;
        this.from = from;
        this.count = count;
        this.limit = limit;
        float largest = 0;
        for (int i = from; i < from + count; i++) largest = Math.max(largest, Math.abs(weights[i]));
        // what S can express rounds anything smaller to zero
        firstStep = largest < RowScales.SMALLEST / 4 ? 0 : largest / limit * FIRST;
        logFirstStep = Math.log(firstStep);
        int best = 0;
        float step = firstStep, stepOfBest = firstStep;
        for (int i = 0; i < STEPS && firstStep > 0; i++, step *= FACTOR) {
            errors[i] = error(step);
            if (errors[i] >= errors[best] && i > 0) continue;
            best = i;
            stepOfBest = step;
        }
        bestStep = firstStep > 0 ? leastSquares(stepOfBest) : 0;
        bestError = firstStep > 0 ? error(bestStep) : 0;
        bestPlace = place(Math.log(bestStep));
    }

    /** The step that fits best when every weight keeps the level that it has at {@code step}. */
    private float leastSquares(float step) {
        float inverse = 1 / step;
        double product = 0, square = 0;
        for (int i = from; i < from + count; i++) {
            float level = level(weights[i], inverse, limit);
            product += (double) importance[i] * level * weights[i];
            square += (double) importance[i] * level * level;
        }
        return square > 0 ? (float) (product / square) : step;
    }

    /** Whether all weights are 0, so that every step fits. */
    boolean isZero() {
        return firstStep == 0;
    }

    /** The step that fits best. */
    float bestStep() {
        return bestStep;
    }

    /** The weighted squared error at {@code step}. */
    double error(float step) {
        float inverse = 1 / step;
        double even = 0, odd = 0;
        int i = from, end = from + count;
        for (; i + 1 < end; i += 2) {
            even += term(i, step, inverse);
            odd += term(i + 1, step, inverse);
        }
        return i < end ? even + odd + term(i, step, inverse) : even + odd;
    }

    private float term(int i, float step, float inverse) {
        float miss = weights[i] - step * level(weights[i], inverse, limit);
        return importance[i] * miss * miss;
    }

    /** The level next to {@code weight}. Adding and taking 1.5 * 2^23 rounds to a whole number, halves to even. */
    static float level(float weight, float inverse, int limit) {
        float level = Math.max(-limit, Math.min(limit, weight * inverse));
        return level + 12582912f - 12582912f;
    }

    /** The error at the step with the logarithm {@code logStep}, read off between the steps that were tried. */
    double estimate(double logStep) {
        if (isZero()) return 0;
        double place = place(logStep);
        if (place <= 0) return errors[0] * (1 - place);
        if (place >= STEPS - 1) return errors[STEPS - 1] * (2 + place - STEPS);
        int below = (int) place;
        if (bestPlace <= below || bestPlace >= below + 1)
            return errors[below] + (place - below) * (errors[below + 1] - errors[below]);
        if (place < bestPlace)
            return bestError + (bestPlace - place) / (bestPlace - below) * (errors[below] - bestError);
        return bestError + (place - bestPlace) / (below + 1 - bestPlace) * (errors[below + 1] - bestError);
    }

    private double place(double logStep) {
        return (logStep - logFirstStep) / LOG_FACTOR;
    }
}
