/* Seeded matrices of every type of blocks, multiplied by one token and by a few, against plain loops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "block_types.h"
#include "check.h"

/* Rows that four streams do not divide; one block of 256, or eight and an odd one of 32. */
enum { ROWS = 6, COLUMNS = 288, TOKENS = 4, BYTES = ROWS * (COLUMNS / 32) * 34 };

struct blocks_problem {
    uint32_t seed;
    uint8_t weights[BYTES];
    float x[TOKENS * COLUMNS], y[TOKENS * ROWS];
    int8_t values[TOKENS * COLUMNS];
    float scales[TOKENS * COLUMNS / BLOCK];
    int32_t sums[TOKENS * COLUMNS / PART + 4]; /* kernels may read a vector from the last block on */
};

static uint32_t next(struct blocks_problem *p) { return (p->seed = p->seed * 1664525u + 1013904223u) >> 16; }

/* Random levels and scales, float16 between 2^-7 and 2^-6. */
static void fill(struct blocks_problem *p, int32_t type) {
    const struct block_format format = block_format(type);
    const uint8_t half[2] = {0x5a, 0x21};
    for (int32_t i = 0; i < BYTES; i++) p->weights[i] = (uint8_t)next(p);
    for (int32_t at = 0; at + format.bytes <= BYTES; at += format.bytes) {
        memcpy(p->weights + at + (type == Q6_K ? 208 : 0), half, 2);
        if (type == Q4_K) memcpy(p->weights + at + 2, half, 2);
    }
    for (int32_t k = 0; k < TOKENS * COLUMNS; k++) p->x[k] = (float)(int32_t)next(p) * 0x1p-15f - 1;
}

static int32_t right_product(const struct blocks_problem *p, int32_t type, int32_t columns, int32_t tokens) {
    const struct block_format format = block_format(type);
    struct block_parts parts;
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t r = 0; r < ROWS; r++) {
            double sum = 0, size = 0;
            for (int32_t k = 0; k < columns; k++) {
                int32_t i = k % format.columns;
                if (i == 0) block_take_apart(type, p->weights + (r * columns + k) / format.columns * format.bytes, &parts);
                double weight = parts.scales[i / format.sub] * (double)(parts.levels[i] - STRIP_OFFSET);
                if (format.mins) weight -= parts.mins[i / format.sub];
                double x = (double)p->values[t * columns + k] * p->scales[(t * columns + k) / BLOCK];
                sum += weight * x;
                size += fabs(weight * x);
            }
            if (!(fabs(sum - p->y[t * ROWS + r]) <= 1e-5 * size)) return 0;
        }
    return 1;
}

static int32_t check_type(struct blocks_problem *p, int32_t type) {
    const int32_t columns = block_format(type).columns == BLOCK ? COLUMNS : 256;
    const struct lutra_block_matrix w = {p->weights, type, ROWS, columns, 0};
    const struct lutra_blocks x = {p->values, p->scales, p->sums, columns, 0};
    void *scratch = check_memory(lutra_block_scratch_bytes(&w));
    int32_t right = scratch != NULL;
    fill(p, type);
    lutra_blocks_quantize(&x, p->x, columns, 0, TOKENS);
    for (int32_t tokens = 1; right && tokens <= TOKENS; tokens += TOKENS - 1) {
        lutra_block_multiply(&w, &x, tokens, 0, 1, scratch, p->y, ROWS);
        right = right_product(p, type, columns, tokens);
    }
    free(scratch);
    return right;
}

int32_t check_blocks(void) {
    static const int32_t types[] = {Q4_0, Q8_0, Q4_K, Q6_K};
    struct blocks_problem *p = check_memory(sizeof *p);
    int32_t right = p != NULL;
    if (p) p->seed = 1;
    for (size_t i = 0; right && i < sizeof types / sizeof *types; i++) right = check_type(p, types[i]);
    free(p);
    return right;
}
