package dev.lutra.engine.tokenizer;

import java.util.Arrays;

/**
 * Applies merges to one word at a time: always the merge of the lowest rank, the leftmost of equals. Holds the scratch
 * memory of one encoding run, so it belongs to one thread.
 */
final class BytePairMerger {
    /**
     * Words up to this many bytes are searched anew for each merge: nearly all words are, and for them the scan beats the
     * heap. Longer ones go through the heap, in O(n log n).
     */
    private static final int SCAN_LIMIT = 32;

    private final MergeTable merges;
    private final LongHeap heap = new LongHeap();

    /** ids of the word's symbols, at most one per byte */
    private int[] symbols = new int[64];
    /** {@link MergeTable#find} of the symbol and the one after it */
    private long[] pairs = new long[64];
    /** indices of the neighbours of each living symbol, for the heap */
    private int[] next = new int[0];

    private int[] previous = new int[0];

    BytePairMerger(MergeTable merges) {
        this.merges = merges;
    }

    /** Room for a word of {@code count} symbols, which the caller fills in from index 0. */
    int[] symbols(int count) {
        if (symbols.length < count) {
            int capacity = Math.max(count, symbols.length * 2);
            symbols = Arrays.copyOf(symbols, capacity);
            pairs = new long[capacity];
        }
        return symbols;
    }

    /** Merges the first {@code count} entries of {@link #symbols} and appends what is left to {@code out}. */
    void merge(int count, TokenBuffer out) {
        for (int i = 0; i + 1 < count; i++) {
            pairs[i] = merges.find(symbols[i], symbols[i + 1]);
        }
        if (count > 0) {
            pairs[count - 1] = MergeTable.NONE;
        }
        if (count <= SCAN_LIMIT) {
            mergeByScan(count, out);
        } else {
            mergeByHeap(count, out);
        }
    }

    private void mergeByScan(int count, TokenBuffer out) {
        int n = count;
        while (n > 1) {
            int at = 0;
            long best = pairs[0];
            for (int i = 1; i < n - 1; i++) {
                if (pairs[i] < best) {
                    best = pairs[i];
                    at = i;
                }
            }
            if (best == MergeTable.NONE) {
                break;
            }
            symbols[at] = (int) best;
            n--;
            System.arraycopy(symbols, at + 2, symbols, at + 1, n - at - 1);
            System.arraycopy(pairs, at + 1, pairs, at, n - at);
            if (at > 0) {
                pairs[at - 1] = merges.find(symbols[at - 1], symbols[at]);
            }
            pairs[at] = at + 1 < n ? merges.find(symbols[at], symbols[at + 1]) : MergeTable.NONE;
        }
        for (int i = 0; i < n; i++) {
            out.add(symbols[i]);
        }
    }

    /** Entries are rank and index; one is stale when its symbol's pair has another rank by now. */
    private void mergeByHeap(int count, TokenBuffer out) {
        if (next.length < count) {
            next = new int[symbols.length];
            previous = new int[symbols.length];
        }
        for (int i = 0; i < count; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
            push(i);
        }
        while (!heap.isEmpty()) {
            long entry = heap.removeLeast();
            int at = (int) entry;
            long pair = pairs[at];
            if (pair == MergeTable.NONE || pair >> 32 != entry >> 32) {
                continue;
            }
            int absorbed = next[at];
            int after = next[absorbed];
            symbols[at] = (int) pair;
            pairs[absorbed] = MergeTable.NONE;
            next[at] = after;
            if (after < count) {
                previous[after] = at;
                pairs[at] = merges.find(symbols[at], symbols[after]);
                push(at);
            } else {
                pairs[at] = MergeTable.NONE;
            }
            int before = previous[at];
            if (before >= 0) {
                pairs[before] = merges.find(symbols[before], symbols[at]);
                push(before);
            }
        }
        for (int i = 0; i < count; i = next[i]) {
            out.add(symbols[i]);
        }
    }

    private void push(int at) {
        if (pairs[at] != MergeTable.NONE) {
            heap.add((pairs[at] >> 32) << 32 | at);
        }
    }
}
