package dev.lutra.engine.tokenizer;

import dev.lutra.kernels.ffi.VocabularyTables;
import java.util.Arrays;

/** The merges as a hash table from a pair of ids to the pair's rank and the id it becomes. */
final class MergeTable {
    /** What {@link #find} answers for a pair that does not merge; as a rank, the least eager. */
    static final long NONE = Long.MAX_VALUE;

    private static final long EMPTY = -1;

    private static final int NOWHERE = -1;

    /** left id in the high half, right id in the low half; open addressing, linear probing, at most half full */
    private final long[] keys;
    /** rank in the high half, id of the product in the low half */
    private final long[] values;

    private final int mask;

    /**
     * @param merges lines "left right", eager first
     * @param ids id of every token
     * @throws IllegalArgumentException naming the first merge that is malformed, unknown to the vocabulary, or repeated
     */
    MergeTable(TokenList merges, TokenIndex ids) {
        int capacity = Integer.highestOneBit(Math.max(8, merges.size() * 2 - 1)) * 2;
        keys = new long[capacity];
        values = new long[capacity];
        mask = capacity - 1;
        TokenList tokens = ids.tokens();
        // What native code refuses, the loop below tells.
        if (!VocabularyTables.isAvailable()
                || !VocabularyTables.merges(
                        tokens.bytes(),
                        tokens.starts(),
                        ids.emptyHash(),
                        ids.slots(),
                        merges.bytes(),
                        merges.starts(),
                        keys,
                        values)) {
            fill(merges, ids);
        }
    }

    /** What {@link VocabularyTables#merges} does. */
    void fill(TokenList merges, TokenIndex ids) {
        Arrays.fill(keys, EMPTY);
        byte[] bytes = merges.bytes();
        // Training numbers tokens as it makes them, so a product mostly follows the one before it; no search is needed
        // then.
        int product = TokenIndex.NONE;
        for (int rank = 0; rank < merges.size(); rank++) {
            int from = merges.from(rank), to = merges.to(rank), space = NOWHERE;
            int left = ids.emptyHash(), right = left, both = left;
            for (int i = from; i < to; i++) {
                byte b = bytes[i];
                if (b != ' ') {
                    both = TokenIndex.hash(both, b);
                    right = TokenIndex.hash(right, b);
                } else if (space == NOWHERE) {
                    space = i;
                    left = both;
                    right = ids.emptyHash();
                } else {
                    space = to;
                }
            }
            if (space <= from || space >= to - 1) {
                throw new IllegalArgumentException(
                        "merge " + rank + ", '" + merges.get(rank) + "', is not two tokens separated by a space");
            }
            if (!ids.isSpelled(++product, bytes, from, space, space + 1, to)) {
                product = ids.find(both, bytes, from, space, space + 1, to);
            }
            int leftId = ids.find(left, bytes, from, space), rightId = ids.find(right, bytes, space + 1, to);
            if (product == TokenIndex.NONE || leftId == TokenIndex.NONE || rightId == TokenIndex.NONE) {
                throw incomplete(rank, merges.get(rank), product, leftId);
            }
            put(leftId, rightId, (long) rank << 32 | product, merges);
        }
    }

    private static IllegalArgumentException incomplete(int rank, String merge, int product, int leftId) {
        String[] parts = merge.split(" ");
        String missing =
                product == TokenIndex.NONE ? parts[0] + parts[1] : leftId == TokenIndex.NONE ? parts[0] : parts[1];
        return new IllegalArgumentException(
                "merge " + rank + ", '" + merge + "', needs the token '" + missing + "', which is not there");
    }

    private void put(int left, int right, long value, TokenList merges) {
        long key = (long) left << 32 | right;
        int slot = slot(key);
        while (keys[slot] != EMPTY) {
            if (keys[slot] == key) {
                int rank = (int) (value >> 32);
                throw new IllegalArgumentException(
                        "merge " + rank + ", '" + merges.get(rank) + "', repeats merge " + (values[slot] >> 32));
            }
            slot = slot + 1 & mask;
        }
        keys[slot] = key;
        values[slot] = value;
    }

    /** Rank of the pair in the high half and id of its product in the low half, or {@link #NONE}. */
    long find(int left, int right) {
        long key = (long) left << 32 | right;
        int slot = slot(key);
        while (true) {
            long k = keys[slot];
            if (k == key) {
                return values[slot];
            }
            if (k == EMPTY) {
                return NONE;
            }
            slot = slot + 1 & mask;
        }
    }

    private int slot(long key) {
        // Fibonacci hashing: ids are dense small numbers, the multiplication spreads both of them to the top bits
        return (int) (key * 0x9E3779B97F4A7C15L >>> 32) & mask;
    }
}
