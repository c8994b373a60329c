/*
 * Attention of some query heads of some tokens against one key-value head. Positions are taken in blocks with fixed borders: the block's
 * keys are decoded and turned into columns, its values decoded into rows, and both products are small matrix products over all queries
 * of the call, with an online softmax between them. Every sum runs in one lane and in a fixed order, so a query's result does not depend
 * on its neighbours. The including file includes the vectors to be used first.
 */
#include <math.h>

#include "exponential.h"
#include "attention_types.h"

/* Queries whose sums stay in registers together. */
enum { ROWS = 6 };

struct matrix {
    float *at;
    int64_t stride;
};

/* c = a b, or c = factors c + a b: rows x (vectors * WIDTH), over n columns of a. */
static inline __attribute__((always_inline)) void multiply_tile(
        int32_t rows, int32_t vectors, struct matrix a, int32_t n, struct matrix b, const float *factors, struct matrix c) {
    vector acc[ROWS][VECTORS];
    for (int32_t r = 0; r < rows; r++)
        for (int32_t v = 0; v < vectors; v++)
            acc[r][v] = factors ? product(splat(factors[r]), load(c.at + r * c.stride + v * WIDTH)) : zero();
    for (int32_t i = 0; i < n; i++) {
        vector row[VECTORS];
#pragma GCC unroll 4
        for (int32_t v = 0; v < vectors; v++) row[v] = load(b.at + i * b.stride + v * WIDTH);
#pragma GCC unroll 6
        for (int32_t r = 0; r < rows; r++) {
            const vector s = splat(a.at[r * a.stride + i]);
#pragma GCC unroll 4
            for (int32_t v = 0; v < vectors; v++) acc[r][v] = fused(s, row[v], acc[r][v]);
        }
    }
    for (int32_t r = 0; r < rows; r++)
        for (int32_t v = 0; v < vectors; v++) store(c.at + r * c.stride + v * WIDTH, acc[r][v]);
}

/* All columns of up to ROWS rows. columns: a multiple of PADDING. */
static inline __attribute__((always_inline)) void multiply_rows(
        int32_t rows, struct matrix a, int32_t n, struct matrix b, int32_t columns, const float *factors, struct matrix c) {
    int32_t done = 0;
    for (; done + VECTORS * WIDTH <= columns; done += VECTORS * WIDTH, b.at += VECTORS * WIDTH, c.at += VECTORS * WIDTH)
        multiply_tile(rows, VECTORS, a, n, b, factors, c);
    for (; done < columns; done += WIDTH, b.at += WIDTH, c.at += WIDTH) multiply_tile(rows, 1, a, n, b, factors, c);
}

static void multiply(
        int32_t rows, struct matrix a, int32_t n, struct matrix b, int32_t columns, const float *factors, struct matrix c) {
    switch (rows) {
        case 6: multiply_rows(6, a, n, b, columns, factors, c); break;
        case 5: multiply_rows(5, a, n, b, columns, factors, c); break;
        case 4: multiply_rows(4, a, n, b, columns, factors, c); break;
        case 3: multiply_rows(3, a, n, b, columns, factors, c); break;
        case 2: multiply_rows(2, a, n, b, columns, factors, c); break;
        default: multiply_rows(1, a, n, b, columns, factors, c); break;
    }
}

/* One position of the cache as floats, the padding left as it is. */
static void decode(int32_t type, const uint8_t *from, int32_t n, float *to) {
    int32_t i = 0;
    if (type == F32) memcpy(to, from, n * sizeof *to);
    else if (type == F16) {
        for (; i + WIDTH <= n; i += WIDTH) store(to + i, load_halves(from + 2 * i));
        for (; i < n; i++) to[i] = half_to_float(half_at(from + 2 * i));
    } else
        for (; i < n; from += 34) {
            const vector scale = splat(half_to_float(half_at(from)));
            for (int32_t end = i + 32; i < end; i += WIDTH) store(to + i, product(scale, load_bytes(from + 2 + i % 32)));
        }
}

/* to[c][r] = from[r][c] for a block of positions; rows behind the last are turned too, nobody reads their scores. */
static void transpose(const float *restrict from, int32_t columns, float *restrict to) {
    for (int32_t c = 0; c < columns; c += 4)
        for (int32_t r = 0; r < POSITIONS; r += 4)
            transpose_four(from + r * columns + c, columns, to + c * POSITIONS + r, POSITIONS);
}

/* What is known of a query's softmax so far. */
struct state {
    float maximum, total;
};

/* Turns the scores of a block into weights, zero from `visible` on. Returns what earlier sums are to be multiplied by. */
static float weigh(float *scores, int32_t visible, struct state *state) {
    if (visible < 0) visible = 0;
    for (int32_t p = visible; p < POSITIONS; p++) scores[p] = -INFINITY;
    vector most = load(scores), sum = zero();
    for (int32_t p = WIDTH; p < POSITIONS; p += WIDTH) most = larger(most, load(scores + p));
    const float before = state->maximum, here = largest(most), maximum = before < here ? here : before;
    const struct exponents range = exponents();
    const float factor = exponential(before - maximum, range);
    for (int32_t p = 0; p < POSITIONS; p++) scores[p] = exponential(scores[p] - maximum, range);
    for (int32_t p = visible; p < POSITIONS; p++) scores[p] = 0;
    for (int32_t p = 0; p < POSITIONS; p += WIDTH) sum = sum_of(sum, load(scores + p));
    state->maximum = maximum;
    state->total = state->total * factor + total(sum);
    return factor;
}

static void attention(
        const struct lutra_cache *cache, int32_t kv_head, const float *q, int64_t q_stride, int32_t tokens, int32_t heads,
        int32_t position, float scale, float *scratch, float *out, int64_t out_stride) {
    const int32_t length = cache->head_length, padded = padded_length(length), queries = tokens * heads;
    const size_t row_bytes = cache_row_bytes(cache->type, length), head_bytes = cache->capacity * row_bytes;
    const uint8_t *key = (const uint8_t *)cache->keys + kv_head * head_bytes;
    const uint8_t *value = (const uint8_t *)cache->values + kv_head * head_bytes;
    const struct matrix rows = {scratch, padded}, columns = {rows.at + POSITIONS * padded, POSITIONS};
    const struct matrix asked = {columns.at + POSITIONS * padded, padded}, sums = {asked.at + (size_t)queries * padded, padded};
    const struct matrix scores = {sums.at + (size_t)queries * padded, POSITIONS};
    struct state *states = (struct state *)(scores.at + (size_t)queries * POSITIONS);

    for (int32_t i = 0; i < queries; i++) {
        const float *from = q + i / heads * q_stride + i % heads * length;
        for (int32_t d = 0; d < length; d++) asked.at[i * padded + d] = from[d] * scale;
        states[i] = (struct state){-INFINITY, 0};
    }
    memset(sums.at, 0, (size_t)queries * padded * sizeof(float));
    memset(rows.at, 0, (size_t)POSITIONS * padded * sizeof(float));
    for (int32_t first = 0, end = position + tokens; first < end; first += POSITIONS) {
        int32_t present = smaller(POSITIONS, end - first);
        for (int32_t p = 0; p < present; p++, key += row_bytes) decode(cache->type, key, length, rows.at + p * padded);
        transpose(rows.at, padded, columns.at);
        for (int32_t p = 0; p < present; p++, value += row_bytes) decode(cache->type, value, length, rows.at + p * padded);
        for (int32_t i = 0; i < queries; i += ROWS) {
            const int32_t n = smaller(ROWS, queries - i), seen = position + (i + n - 1) / heads + 1 - first;
            const struct matrix part = {scores.at + i * POSITIONS, POSITIONS};
            float factors[ROWS];
            if (seen <= 0) continue; /* the first tokens end before this block */
            multiply(n, (struct matrix){asked.at + i * padded, padded}, length, columns, POSITIONS, NULL, part);
            for (int32_t j = 0; j < n; j++)
                factors[j] = weigh(part.at + j * POSITIONS, position + (i + j) / heads + 1 - first, states + i + j);
            multiply(n, part, smaller(seen, present), rows, padded, factors, (struct matrix){sums.at + i * padded, padded});
        }
    }
    for (int32_t i = 0; i < queries; i++) {
        float *to = out + i / heads * out_stride + i % heads * length;
        const float total = states[i].total;
        for (int32_t d = 0; d < length; d++) to[d] = sums.at[i * padded + d] / total;
    }
}
