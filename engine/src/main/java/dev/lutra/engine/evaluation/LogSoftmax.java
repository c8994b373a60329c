package dev.lutra.engine.evaluation;

import dev.lutra.kernels.memory.FloatMatrix;

/** Log-probabilities of one row of logits, in double. */
final class LogSoftmax {
    private LogSoftmax() {}

    /** {@code log(sum(exp(logits)))}, stable for any size of logits. */
    static double normalizer(float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) max = Math.max(max, logit);
        if (!Float.isFinite(max))
            throw new ArithmeticException("the model's logits are not finite; its weights are damaged or overflow");
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit - max);
        return max + Math.log(sum);
    }

    /** Replaces {@code into} by the log-probabilities of {@code row}. */
    static void of(FloatMatrix logits, int row, float[] into) {
        logits.copyRow(row, into, 0);
        double normalizer = normalizer(into);
        for (int i = 0; i < into.length; i++) into[i] = (float) (into[i] - normalizer);
    }

    /** Index of the largest value, the first of equals. */
    static int best(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
        return best;
    }
}
