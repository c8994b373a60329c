package dev.lutra.gguf.model;

/**
 * The mixture of experts in a feed-forward layer.
 *
 * @param count experts per layer
 * @param used experts that a token visits
 * @param feedForward width of one expert
 * @param sharedFeedForward width of the expert that every token visits, 0 without one
 * @param normalized whether the weights of the chosen experts are scaled to sum to one
 */
public record Experts(int count, int used, int feedForward, int sharedFeedForward, boolean normalized) {
    public Experts {
        if (count < 1 || used < 1 || used > count)
            throw new IllegalArgumentException(used + " experts of " + count + " cannot be chosen");
        if (feedForward < 1) throw new IllegalArgumentException("expert width " + feedForward);
    }
}
