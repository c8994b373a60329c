package dev.lutra.engine.sampling;

import java.util.Arrays;

/** The last tokens of a sequence and how often each occurs, and the penalties for them. */
final class RecentTokens {
    private final SamplingParameters parameters;
    /** occurrences in the window, by token */
    private final int[] counts;
    /** the window, in arrival order from {@link #oldest} round the end */
    private int[] tokens;

    private int oldest;
    private int size;

    RecentTokens(SamplingParameters parameters, int vocabulary) {
        this.parameters = parameters;
        this.counts = new int[vocabulary];
        this.tokens = new int[parameters.penaltyWindow() < 0 ? 256 : parameters.penaltyWindow()];
    }

    void add(int token) {
        if (size == tokens.length && parameters.penaltyWindow() < 0) {
            tokens = Arrays.copyOf(tokens, size * 2);
        }
        if (size < tokens.length) {
            tokens[size++] = token;
        } else {
            counts[tokens[oldest]]--;
            tokens[oldest] = token;
            oldest = (oldest + 1) % size;
        }
        counts[token]++;
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            counts[tokens[i]] = 0;
        }
        size = 0;
        oldest = 0;
    }

    /** Lowers the logits of the tokens in the window, each once, in place. */
    void penalize(float[] logits) {
        for (int i = 0; i < size; i++) {
            int token = tokens[i];
            int count = counts[token];
            if (count > 0) {
                float logit = logits[token];
                logit = logit <= 0 ? logit * parameters.repeatPenalty() : logit / parameters.repeatPenalty();
                logits[token] = logit - count * parameters.frequencyPenalty() - parameters.presencePenalty();
                counts[token] = -count; // done, until the second pass
            }
        }
        for (int i = 0; i < size; i++) {
            counts[tokens[i]] = Math.abs(counts[tokens[i]]);
        }
    }
}
