/* Seeded rows and queries on which the active float kernels must come as close to double precision as they promise. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention_types.h"
#include "check.h"

/* Awkward lengths: a vector and a half, a block of positions and some. */
enum { COLUMNS = 43, POSITIONS_SEEN = 70, TOKENS = 3, HEADS = 3, LENGTH = 36 };

struct floats {
    uint32_t seed;
    float x[COLUMNS], up[COLUMNS], weight[COLUMNS], y[COLUMNS];
    float keys[POSITIONS_SEEN][LENGTH], values[POSITIONS_SEEN][LENGTH];
    float queries[TOKENS][HEADS][LENGTH], out[TOKENS][HEADS][LENGTH];
};

static void fill(struct floats *f, float *to, int32_t n) {
    for (int32_t i = 0; i < n; i++) {
        f->seed = f->seed * 1664525u + 1013904223u;
        to[i] = (float)(int32_t)(f->seed >> 8) * 0x1p-22f - 2;
    }
}

static int32_t near(double expected, float actual, double tolerance) { return fabs(expected - actual) <= tolerance; }

static int32_t check_norm(struct floats *f) {
    double squares = 0;
    int32_t right = 1;
    lutra_norm(f->x, COLUMNS, f->weight, COLUMNS, 1, 1e-6f, 0, 1, f->y, COLUMNS, NULL);
    for (int32_t i = 0; i < COLUMNS; i++) squares += (double)f->x[i] * f->x[i];
    for (int32_t i = 0; i < COLUMNS; i++)
        right &= near(f->x[i] / sqrt(squares / COLUMNS + 1e-6) * f->weight[i], f->y[i], 1e-6 * fabs(f->weight[i]) * 4);
    return right;
}

static int32_t check_gate(struct floats *f) {
    int32_t right = 1;
    for (int32_t activation = LUTRA_SILU; activation <= LUTRA_SIGMOID; activation++) {
        lutra_gate(activation, f->x, COLUMNS, f->up, COLUMNS, COLUMNS, 0, 1, f->y, COLUMNS, NULL);
        for (int32_t i = 0; i < COLUMNS; i++) {
            double x = f->x[i], sigmoid = 1 / (1 + exp(-x)), squared = x < 0 ? 0 : x * x;
            double value = activation == LUTRA_SILU ? x * sigmoid : activation == LUTRA_SIGMOID ? sigmoid : squared;
            right &= near(value * f->up[i], f->y[i], 1e-5);
        }
    }
    return right;
}

static int32_t check_rope_and_add(struct floats *f) {
    enum { PAIRS = COLUMNS / 2 };
    int32_t right = 1;
    memcpy(f->y, f->x, sizeof f->y);
    lutra_rope(f->y, COLUMNS, 1, COLUMNS, PAIRS, f->weight, f->up, 0, 1);
    lutra_add(f->up, COLUMNS, 0.5f, COLUMNS, 0, 1, f->y, COLUMNS);
    for (int32_t i = 0; i < COLUMNS; i++) {
        double a = f->x[i], turned = a;
        if (i < PAIRS) turned = a * f->weight[i] - (double)f->x[i + PAIRS] * f->up[i];
        else if (i < 2 * PAIRS) turned = a * f->weight[i - PAIRS] + (double)f->x[i - PAIRS] * f->up[i - PAIRS];
        right &= near(turned + 0.5 * f->up[i], f->y[i], 1e-5);
    }
    return right;
}

static int32_t check_quantize(struct floats *f) {
    int8_t values[COLUMNS];
    float scale, most = 0;
    int32_t sum, expected = 0, right = 1;
    const struct lutra_int8_rows q = {values, &scale, &sum, COLUMNS};
    lutra_int8_quantize(f->x, COLUMNS, COLUMNS, 0, 1, &q);
    for (int32_t i = 0; i < COLUMNS; i++) most = fmaxf(most, fabsf(f->x[i]));
    for (int32_t i = 0; i < COLUMNS; i++) {
        int32_t v = (int32_t)rintf(f->x[i] * (127 / most));
        right &= v == values[i];
        expected += v;
    }
    return right && sum == expected && scale == 127 / most;
}

/* One query in plain loops. */
static int32_t right_query(const struct floats *f, int32_t token, int32_t head, float scale) {
    int32_t seen = POSITIONS_SEEN - TOKENS + token + 1, right = 1;
    double weights[POSITIONS_SEEN], total = 0;
    for (int32_t p = 0; p < seen; p++) {
        double score = 0;
        for (int32_t i = 0; i < LENGTH; i++) score += (double)f->queries[token][head][i] * f->keys[p][i];
        total += weights[p] = exp(score * scale);
    }
    for (int32_t i = 0; i < LENGTH; i++) {
        double value = 0;
        for (int32_t p = 0; p < seen; p++) value += weights[p] / total * f->values[p][i];
        right &= near(value, f->out[token][head][i], 1e-5);
    }
    return right;
}

static int32_t check_attention(struct floats *f) {
    const struct lutra_cache cache = {f->keys, f->values, F32, LENGTH, POSITIONS_SEEN, 0};
    int32_t right = 1, stride = HEADS * LENGTH;
    void *scratch = check_memory(lutra_attention_scratch_bytes(LENGTH, TOKENS * HEADS));
    if (!scratch) return 0;
    lutra_attention(
            &cache, 0, f->queries[0][0], stride, TOKENS, HEADS, POSITIONS_SEEN - TOKENS, 0.2f, scratch, f->out[0][0], stride);
    for (int32_t token = 0; token < TOKENS; token++)
        for (int32_t head = 0; head < HEADS; head++) right &= right_query(f, token, head, 0.2f);
    free(scratch);
    return right;
}

int32_t check_floats(void) {
    struct floats *f = check_memory(sizeof *f);
    if (!f) return 0;
    f->seed = 1;
    fill(f, f->x, COLUMNS);
    fill(f, f->up, COLUMNS);
    fill(f, f->weight, COLUMNS);
    fill(f, f->keys[0], POSITIONS_SEEN * LENGTH);
    fill(f, f->values[0], POSITIONS_SEEN * LENGTH);
    fill(f, f->queries[0][0], TOKENS * HEADS * LENGTH);
    int32_t right =
            check_norm(f) && check_gate(f) && check_rope_and_add(f) && check_quantize(f) && check_attention(f);
    free(f);
    return right;
}
