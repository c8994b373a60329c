package dev.lutra.tools.calibrate;

import java.util.ArrayList;
import java.util.List;

/**
 * The texts that a model is calibrated on, all equally long.
 *
 * @param length tokens of each
 * @param tokens one after the other
 */
record Texts(int length, int[] tokens) {
    /** Tokens that go through a layer together. */
    private static final int BATCH = 2048;

    Texts {
        if (length < 2 || tokens.length == 0 || tokens.length % length != 0)
            throw new IllegalArgumentException(tokens.length + " tokens are no texts of " + length);
    }

    int count() {
        return tokens.length / length;
    }

    /** The first {@code texts} of them, or all. */
    Texts first(int texts) {
        return new Texts(length, java.util.Arrays.copyOf(tokens, Math.min(texts, count()) * length));
    }

    /** Tokens of the largest batch. */
    int batchTokens() {
        return Math.min(tokens.length, Math.max(1, BATCH / length) * length);
    }

    /** Whole texts that are worked on together: first token and number of tokens. */
    record Batch(int from, int count) {}

    List<Batch> batches() {
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < tokens.length; from += batchTokens())
            batches.add(new Batch(from, Math.min(batchTokens(), tokens.length - from)));
        return batches;
    }
}
