package dev.lutra.engine.evaluation;

/** How far a model's distributions are from a reference model's, over the positions of a text. */
public final class Divergence {
    private double sum;
    private long sameTop;
    private long positions;

    /** Compares {@code model} with the next position of {@code base}. */
    public void add(BaseDistributions base, float[] model) {
        add(base.nextRow(), model);
    }

    /** Adds KL(reference || model) of one position, both as log-probabilities. */
    public void add(float[] reference, float[] model) {
        sum += between(reference, 0, model, 0);
        if (LogSoftmax.best(reference) == LogSoftmax.best(model)) sameTop++;
        positions++;
    }

    /** KL(reference || model) of one position in nats, both as logits. */
    public static double ofLogits(float[] reference, float[] model) {
        return between(reference, LogSoftmax.normalizer(reference), model, LogSoftmax.normalizer(model));
    }

    private static double between(float[] reference, double referenceNorm, float[] model, double modelNorm) {
        double divergence = 0;
        for (int i = 0; i < reference.length; i++) {
            double log = reference[i] - referenceNorm, p = Math.exp(log);
            if (p > 0) divergence += p * (log - (model[i] - modelNorm));
        }
        return divergence;
    }

    /** Mean KL divergence in nats per token. */
    public double kl() {
        return sum / positions;
    }

    /** Share of positions at which both models find the same token most probable. */
    public double sameTop() {
        return (double) sameTop / positions;
    }
}
