package dev.lutra.engine.tokenizer;

import dev.lutra.kernels.ffi.VocabularyTables;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The ids of a vocabulary's tokens by their spelling: a hash table of numbers over the bytes of a {@link TokenList}. The hash is
 * taken byte by byte with {@link #hash}, so that whoever passes over text anyway has it.
 */
final class TokenIndex {
    static final int NONE = -1;

    /** FNV-1a's, for 32 bits. */
    private static final int PRIME = 0x0100_0193;

    private final TokenList tokens;
    /** hash in the high half, id in the low half, {@link #NONE} where nothing is; open addressing with linear probing */
    private final long[] slots;
    /** Differs from index to index, so that no file can be made of spellings that collide. */
    private final int seed;

    /** @throws IllegalArgumentException when two tokens are spelled the same, saying which */
    TokenIndex(TokenList tokens) {
        this(tokens, (int) System.nanoTime());
    }

    TokenIndex(TokenList tokens, int seed) {
        this.tokens = tokens;
        this.seed = seed;
        slots = new long[Integer.highestOneBit(Math.max(8, tokens.size() + tokens.size() / 2)) * 2];
        // What native code refuses, the loop below tells.
        if (!VocabularyTables.isAvailable() || !VocabularyTables.tokens(tokens.bytes(), tokens.starts(), seed, slots)) {
            fill();
        }
    }

    /** What {@link VocabularyTables#tokens} does. */
    void fill() {
        Arrays.fill(slots, NONE);
        byte[] bytes = tokens.bytes();
        for (int id = 0; id < tokens.size(); id++) {
            int from = tokens.from(id), to = tokens.to(id), hash = seed;
            for (int i = from; i < to; i++) {
                hash = hash(hash, bytes[i]);
            }
            int slot = slot(hash);
            while (slots[slot] != NONE) {
                if (slots[slot] >> 32 == hash && isSpelled((int) slots[slot], bytes, from, to, to, to)) {
                    throw new IllegalArgumentException(
                            "token '" + tokens.get(id) + "' is there twice, as " + (int) slots[slot] + " and as " + id);
                }
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = (long) hash << 32 | id;
        }
    }

    /** The table, which {@link #emptyHash} belongs to; not to be written to. */
    long[] slots() {
        return slots;
    }

    TokenList tokens() {
        return tokens;
    }

    /** The hash of no bytes. */
    int emptyHash() {
        return seed;
    }

    /** The hash of the bytes that {@code hash} is of and one more. */
    static int hash(int hash, byte next) {
        return (hash ^ next) * PRIME;
    }

    /** The bits at the end, where the slots are counted, take in the others. */
    private int slot(int hash) {
        int mixed = (hash ^ hash >>> 15) * 0x2C1B_3C6D;
        return (mixed ^ mixed >>> 12) & slots.length - 1;
    }

    /** The token spelled {@code bytes[from .. to)}, whose hash is {@code hash}, or {@link #NONE}. */
    int find(int hash, byte[] bytes, int from, int to) {
        return find(hash, bytes, from, to, to, to);
    }

    /** The token spelled {@code bytes[from .. to)} and then {@code bytes[from2 .. to2)}, or {@link #NONE}. */
    int find(int hash, byte[] bytes, int from, int to, int from2, int to2) {
        for (int slot = slot(hash); ; slot = slot + 1 & slots.length - 1) {
            long entry = slots[slot];
            if (entry == NONE) {
                return NONE;
            }
            if (entry >> 32 == hash && isSpelled((int) entry, bytes, from, to, from2, to2)) {
                return (int) entry;
            }
        }
    }

    /** The id of {@code token}. */
    OptionalInt find(String token) {
        byte[] utf8 = token.getBytes(StandardCharsets.UTF_8);
        int hash = seed;
        for (byte b : utf8) {
            hash = hash(hash, b);
        }
        int id = find(hash, utf8, 0, utf8.length);
        return id == NONE ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Whether {@code id} is spelled as {@link #find} says; a token outside the vocabulary is not. */
    boolean isSpelled(int id, byte[] bytes, int from, int to, int from2, int to2) {
        if (id >= tokens.size()) {
            return false;
        }
        int at = tokens.from(id);
        if (tokens.to(id) - at != to - from + to2 - from2) {
            return false;
        }
        byte[] own = tokens.bytes();
        for (int i = from; i < to; i++) {
            if (own[at++] != bytes[i]) {
                return false;
            }
        }
        for (int i = from2; i < to2; i++) {
            if (own[at++] != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
