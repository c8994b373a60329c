/* A seeded problem that the active kernels must solve as plain loops do. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lutra_ops.h"

/* More than a tile of rows, a group and a half of columns, the batch that fills the tiles of AMX and one token more. */
enum { CHECK_ROWS = 67, CHECK_COLUMNS = 97, CHECK_GROUP = 64, CHECK_GROUPS = 2, CHECK_TOKENS = 33, CHECK_STRIDE = 128 };

struct problem {
    int32_t digits;
    uint32_t seed;
    int8_t trits[3][CHECK_ROWS][CHECK_COLUMNS];
    uint8_t m[CHECK_ROWS][CHECK_GROUPS];
    _Alignas(64) int8_t x[CHECK_TOKENS][CHECK_STRIDE];
    int32_t x_sums[CHECK_TOKENS];
    int32_t expected[CHECK_TOKENS][CHECK_ROWS];
    int32_t actual[CHECK_TOKENS][CHECK_ROWS];
};

static uint32_t next(struct problem *p) { return (p->seed = p->seed * 1664525u + 1013904223u) >> 16; }

static void fill(struct problem *p) {
    memset(p->x, 0, sizeof p->x);
    memset(p->x_sums, 0, sizeof p->x_sums);
    memset(p->expected, 0, sizeof p->expected);
    for (int32_t d = 0; d < p->digits; d++)
        for (int32_t r = 0; r < CHECK_ROWS; r++)
            for (int32_t c = 0; c < CHECK_COLUMNS; c++) p->trits[d][r][c] = (int8_t)(next(p) % 3 - 1);
    for (int32_t r = 0; r < CHECK_ROWS; r++)
        for (int32_t g = 0; g < CHECK_GROUPS; g++) p->m[r][g] = (uint8_t)(1 + next(p) % 9);
    for (int32_t t = 0; t < CHECK_TOKENS; t++)
        for (int32_t c = 0; c < CHECK_COLUMNS; c++) p->x_sums[t] += p->x[t][c] = (int8_t)(next(p) % 256 - 128);
    for (int32_t r = 0; r < CHECK_ROWS; r++)
        for (int32_t c = 0; c < CHECK_COLUMNS; c++) {
            int32_t level = 0;
            for (int32_t d = p->digits - 1; d >= 0; d--) level = 3 * level + p->trits[d][r][c];
            if (p->digits > 1) level *= p->m[r][c / CHECK_GROUP];
            for (int32_t t = 0; t < CHECK_TOKENS; t++) p->expected[t][r] += level * p->x[t][c];
        }
}

void *check_memory(int64_t bytes) { return aligned_alloc(64, ((size_t)bytes + 127) / 64 * 64); }

static int32_t solve(struct problem *p, int32_t layout) {
    struct lutra_ternary w = {.layout = layout, .digits = p->digits, .rows = CHECK_ROWS, .columns = CHECK_COLUMNS};
    w.group = p->digits > 1 ? CHECK_GROUP : 0;
    int32_t tiles = ceil_div(CHECK_ROWS, TILE), right = 0;
    w.weights = check_memory(lutra_ternary_weight_bytes(&w));
    w.group_scales = w.group ? check_memory(lutra_ternary_scale_bytes(&w)) : NULL;
    void *tables = check_memory(lutra_ternary_table_bytes(&w)), *scratch = check_memory(lutra_ternary_scratch_bytes(&w));
    if (w.weights && tables && scratch && (w.group_scales || !w.group)) {
        for (int32_t tile = 0; tile < tiles; tile++) {
            struct lutra_ternary_row rows[TILE] = {{0}};
            for (int32_t i = 0, row = tile * TILE; i < TILE && row < CHECK_ROWS; i++, row++) {
                rows[i].trits = p->trits[0][row];
                rows[i].plane = sizeof p->trits[0];
                rows[i].m = w.group ? p->m[row] : NULL;
            }
            lutra_ternary_pack(&w, rows, tile);
        }
        lutra_ternary_tables(&w, p->x[0], 0, lutra_ternary_blocks(&w), tables);
        lutra_ternary_gemv(&w, tables, 0, 0, tiles, p->actual);
        right = !memcmp(p->actual[0], p->expected[0], sizeof p->expected[0]);
        lutra_ternary_gemm(
                &w, p->x[0], CHECK_STRIDE, p->x_sums, NULL, CHECK_TOKENS, 0, tiles, scratch, p->actual, CHECK_ROWS);
        right = right && !memcmp(p->actual, p->expected, sizeof p->expected);
    }
    free(w.weights);
    free(w.group_scales);
    free(tables);
    free(scratch);
    return right;
}

int32_t lutra_check(void) {
    struct problem *p = check_memory(sizeof *p);
    int32_t right = p != NULL;
    for (int32_t digits = 1; right && digits <= 3; digits++) {
        p->digits = digits;
        p->seed = (uint32_t)digits;
        fill(p);
        for (int32_t layout = FIVE; right && layout < LAYOUTS; layout++) right = solve(p, layout);
    }
    free(p);
    return right && check_blocks() && check_floats();
}
