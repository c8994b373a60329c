package dev.lutra.engine.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The merges as a hash table from a pair of ids to the pair's rank and the id it becomes. */
final class MergeTable {
    /** What {@link #find} answers for a pair that does not merge; as a rank, the least eager. */
    static final long NONE = Long.MAX_VALUE;

    private static final long EMPTY = -1;

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
    MergeTable(List<String> merges, Map<String, Integer> ids) {
        int capacity = Integer.highestOneBit(Math.max(8, merges.size() * 2 - 1)) * 2;
        keys = new long[capacity];
        Arrays.fill(keys, EMPTY);
        values = new long[capacity];
        mask = capacity - 1;
        for (int rank = 0; rank < merges.size(); rank++) {
            String merge = merges.get(rank);
            int space = merge.indexOf(' ');
            if (space <= 0 || space == merge.length() - 1 || merge.indexOf(' ', space + 1) >= 0) {
                throw new IllegalArgumentException(
                        "merge " + rank + ", '" + merge + "', is not two tokens separated by a space");
            }
            String left = merge.substring(0, space);
            String right = merge.substring(space + 1);
            int product = id(ids, left + right, rank, merge);
            put(id(ids, left, rank, merge), id(ids, right, rank, merge), (long) rank << 32 | product, merge);
        }
    }

    private static int id(Map<String, Integer> ids, String token, int rank, String merge) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException(
                    "merge " + rank + ", '" + merge + "', needs the token '" + token + "', which is not there");
        }
        return id;
    }

    private void put(int left, int right, long value, String merge) {
        long key = (long) left << 32 | right;
        int slot = slot(key);
        while (keys[slot] != EMPTY) {
            if (keys[slot] == key) {
                throw new IllegalArgumentException(
                        "merge " + (value >> 32) + ", '" + merge + "', repeats merge " + (values[slot] >> 32));
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
