package dev.lutra.quant;

/** Root of the squared error over the squared weights, gathered piece by piece. Not safe for several threads at once. */
public final class RelativeError {
    private double error;
    private double weight;

    /** Adds {@code count} weights of {@code exact} from {@code from} on and what became of them, from {@code at} on. */
    public void add(float[] exact, int from, float[] approximate, int at, int count) {
        double rowError = 0, rowWeight = 0;
        for (int i = 0; i < count; i++) {
            double w = exact[from + i], d = w - approximate[at + i];
            rowError += d * d;
            rowWeight += w * w;
        }
        error += rowError;
        weight += rowWeight;
    }

    /** Adds what another one gathered. */
    public void add(RelativeError other) {
        error += other.error;
        weight += other.weight;
    }

    /** Adds {@code weights} weights whose error is known already, as if their squares were 1 in the mean. */
    public void add(double relativeError, long weights) {
        error += relativeError * relativeError * weights;
        weight += weights;
    }

    /** 0 for a lossless encoding, 1 when everything became 0; 0 when all weights are 0 and stayed so. */
    public double value() {
        if (weight == 0) return error == 0 ? 0 : Double.POSITIVE_INFINITY;
        return Math.sqrt(error / weight);
    }
}
