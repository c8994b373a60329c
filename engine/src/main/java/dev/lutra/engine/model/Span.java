package dev.lutra.engine.model;

import dev.lutra.kernels.attention.KvCache;

/**
 * Rows of a batch that are tokens of one sequence, one after the other.
 *
 * @param from the first row
 * @param count rows
 * @param sequence which they continue
 */
record Span(int from, int count, Sequence sequence) {
    /** Where in the sequence the first row stands. */
    int position() {
        return sequence.length();
    }

    KvCache cache(int layer) {
        return sequence.cache(layer);
    }
}
