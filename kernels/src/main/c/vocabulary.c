/*
 * The tables of a byte-pair vocabulary. TokenIndex and MergeTable in Java say what they are, build the same where this library is not,
 * and find the fault in what these functions refuse; these are there because a vocabulary of 150 thousand tokens is read before a JIT
 * compiler has looked at the loops over it.
 */
#include <string.h>

#include "lutra_kernels.h"

enum { LENGTH_BYTES = 8 };

void lutra_string_starts(const uint8_t *strings, int32_t count, int32_t *starts) {
    int32_t at = LENGTH_BYTES;
    for (int32_t i = 0; i < count; i++) {
        int32_t length;
        memcpy(&length, strings + at - LENGTH_BYTES, 4);
        starts[i] = at;
        at += length + LENGTH_BYTES;
    }
    starts[count] = at;
}

/* Bytes are signed there. */
static inline uint32_t hash_next(uint32_t hash, uint8_t next) { return (hash ^ (uint32_t)(int8_t)next) * 0x01000193; }

static inline uint32_t slot_of(uint32_t hash) {
    uint32_t mixed = (hash ^ hash >> 15) * 0x2c1b3c6d;
    return mixed ^ mixed >> 12;
}

/* An index of tokens: those of `strings`, at starts[id]; slots hold a hash above an id, or -1. */
struct index {
    const uint8_t *strings;
    const int32_t *starts;
    int32_t count;
    int64_t *slots;
    uint32_t mask;
};

/* Whether token id is spelled by two pieces. */
static inline int32_t is_spelled(
        const struct index *tokens, int32_t id, const uint8_t *a, int32_t a_length, const uint8_t *b, int32_t b_length) {
    if (id >= tokens->count) return 0;
    int32_t at = tokens->starts[id];
    return tokens->starts[id + 1] - LENGTH_BYTES - at == a_length + b_length && !memcmp(tokens->strings + at, a, a_length)
           && !memcmp(tokens->strings + at + a_length, b, b_length);
}

static int32_t find(
        const struct index *tokens, uint32_t hash, const uint8_t *a, int32_t a_length, const uint8_t *b, int32_t b_length) {
    for (uint32_t slot = slot_of(hash) & tokens->mask;; slot = (slot + 1) & tokens->mask) {
        int64_t entry = tokens->slots[slot];
        if (entry == -1) return -1;
        if ((uint32_t)(entry >> 32) == hash && is_spelled(tokens, (int32_t)entry, a, a_length, b, b_length)) return (int32_t)entry;
    }
}

int32_t lutra_index_tokens(
        const uint8_t *strings, const int32_t *starts, int32_t count, int32_t seed, int64_t *slots, int32_t slot_count) {
    const struct index tokens = {strings, starts, count, slots, (uint32_t)slot_count - 1};
    memset(slots, 0xff, (size_t)slot_count * sizeof *slots);
    for (int32_t id = 0; id < count; id++) {
        const uint8_t *token = strings + starts[id];
        int32_t length = starts[id + 1] - LENGTH_BYTES - starts[id];
        uint32_t hash = (uint32_t)seed;
        for (int32_t i = 0; i < length; i++) hash = hash_next(hash, token[i]);
        uint32_t slot = slot_of(hash) & tokens.mask;
        for (; slots[slot] != -1; slot = (slot + 1) & tokens.mask)
            if ((uint32_t)(slots[slot] >> 32) == hash && is_spelled(&tokens, (int32_t)slots[slot], token, length, token, 0)) return 0;
        slots[slot] = (int64_t)((uint64_t)hash << 32 | (uint32_t)id);
    }
    return 1;
}

int32_t lutra_index_merges(
        const uint8_t *strings,
        const int32_t *starts,
        int32_t count,
        int32_t seed,
        const int64_t *slots,
        int32_t slot_count,
        const uint8_t *merges,
        const int32_t *merge_starts,
        int32_t merge_count,
        int64_t *keys,
        int64_t *values,
        int32_t capacity) {
    const struct index tokens = {strings, starts, count, (int64_t *)slots, (uint32_t)slot_count - 1};
    int32_t product = -1;
    memset(keys, 0xff, (size_t)capacity * sizeof *keys);
    for (int32_t rank = 0; rank < merge_count; rank++) {
        const uint8_t *left = merges + merge_starts[rank];
        int32_t length = merge_starts[rank + 1] - LENGTH_BYTES - merge_starts[rank];
        const uint8_t *space = memchr(left, ' ', length);
        if (!space || space == left || space == left + length - 1 || memchr(space + 1, ' ', left + length - space - 1)) return 0;
        int32_t left_length = (int32_t)(space - left), right_length = length - left_length - 1;
        const uint8_t *right = space + 1;
        uint32_t left_hash = (uint32_t)seed, right_hash = (uint32_t)seed;
        for (int32_t i = 0; i < left_length; i++) left_hash = hash_next(left_hash, left[i]);
        for (int32_t i = 0; i < right_length; i++) right_hash = hash_next(right_hash, right[i]);
        /* Products mostly follow each other. */
        if (!is_spelled(&tokens, ++product, left, left_length, right, right_length)) {
            uint32_t both = left_hash;
            for (int32_t i = 0; i < right_length; i++) both = hash_next(both, right[i]);
            product = find(&tokens, both, left, left_length, right, right_length);
        }
        int32_t left_id = find(&tokens, left_hash, left, left_length, left, 0);
        int32_t right_id = find(&tokens, right_hash, right, right_length, right, 0);
        if (product < 0 || left_id < 0 || right_id < 0) return 0;
        int64_t key = (int64_t)((uint64_t)(uint32_t)left_id << 32 | (uint32_t)right_id);
        uint32_t mask = (uint32_t)capacity - 1, slot = (uint32_t)((uint64_t)key * 0x9e3779b97f4a7c15 >> 32) & mask;
        for (; keys[slot] != -1; slot = (slot + 1) & mask)
            if (keys[slot] == key) return 0;
        keys[slot] = key;
        values[slot] = (int64_t)((uint64_t)(uint32_t)rank << 32 | (uint32_t)product);
    }
    return 1;
}
