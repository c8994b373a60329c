/*
 * Multiplies random ternary matrices with every layout under every instruction set that the library offers here and compares the sums
 * with plain loops; the other kernels are left to lutra_check. Prints the sets; exits with 1 on the first difference. Run by CrossBuildTest under an emulator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lutra_kernels.h"

enum { TILE = 64 };

static uint32_t state = 1;

static int32_t random_below(int32_t n) {
    state = state * 1664525u + 1013904223u;
    return (int32_t)((state >> 16) % (uint32_t)n);
}

static void *memory(int64_t bytes) {
    void *p = aligned_alloc(64, ((size_t)bytes + 127) / 64 * 64);
    if (!p) exit(2);
    return memset(p, 0, ((size_t)bytes + 127) / 64 * 64);
}

/* What the largest sums come from: 1 for every trit, the largest scale for every group, and activations of one value. */
enum fill { RANDOM, HIGHEST, LOWEST };

struct problem {
    struct lutra_ternary w;
    int32_t tokens, stride;
    int8_t *planes, *x;
    uint8_t *m;
    int32_t *x_sums, *expected;
};

static int32_t groups(const struct lutra_ternary *w) { return w->group ? (w->columns + w->group - 1) / w->group : 1; }

static int32_t weight(const struct problem *p, int32_t row, int32_t column) {
    int32_t level = 0;
    for (int32_t d = p->w.digits - 1; d >= 0; d--)
        level = 3 * level + p->planes[((size_t)d * p->w.rows + row) * p->w.columns + column];
    return level * (p->w.group ? p->m[row * groups(&p->w) + column / p->w.group] : 1);
}

static struct problem make(int32_t rows, int32_t columns, int32_t digits, int32_t group, int32_t tokens, enum fill fill) {
    static const int32_t most[] = {127, 31, 9};
    struct problem p = {
            .w = {.digits = digits, .rows = rows, .columns = columns, .group = group},
            .tokens = tokens,
            .stride = (columns + 63) / 64 * 64};
    p.planes = memory((int64_t)digits * rows * columns);
    for (int64_t i = 0; i < (int64_t)digits * rows * columns; i++) p.planes[i] = (int8_t)(fill ? 1 : random_below(3) - 1);
    p.m = memory((int64_t)rows * groups(&p.w));
    for (int32_t i = 0; i < rows * groups(&p.w); i++) p.m[i] = (uint8_t)(fill ? most[digits - 1] : 1 + random_below(most[digits - 1]));
    p.x = memory((int64_t)tokens * p.stride);
    p.x_sums = memory(4 * tokens);
    p.expected = memory(4LL * tokens * rows);
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t c = 0; c < columns; c++) {
            p.x[t * p.stride + c] = (int8_t)(fill == HIGHEST ? 127 : fill == LOWEST ? -128 : random_below(2) ? random_below(256) - 128 : random_below(2) ? 127 : -128);
            p.x_sums[t] += p.x[t * p.stride + c];
        }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t r = 0; r < rows; r++)
            for (int32_t c = 0; c < columns; c++) p.expected[t * rows + r] += weight(&p, r, c) * p.x[t * p.stride + c];
    return p;
}

static void pack(const struct problem *p, const struct lutra_ternary *w) {
    struct lutra_ternary_row rows[TILE];
    for (int32_t tile = 0; tile * TILE < w->rows; tile++) {
        for (int32_t i = 0; i < TILE; i++) {
            int32_t row = tile * TILE + i;
            rows[i] = (struct lutra_ternary_row){
                    .trits = row < w->rows ? p->planes + (size_t)row * w->columns : NULL,
                    .plane = (int64_t)w->rows * w->columns,
                    .m = row < w->rows && w->group ? p->m + row * groups(w) : NULL};
        }
        lutra_ternary_pack(w, rows, tile);
    }
}

static void compare(const struct problem *p, const int32_t *y, int32_t first, int32_t tokens, const char *how) {
    for (int32_t i = 0; i < tokens * p->w.rows; i++) {
        if (y[i] == p->expected[first * p->w.rows + i]) continue;
        printf("%d x %d, %d digits, groups of %d, %s under %s: sum %d is wrong\n", p->w.rows, p->w.columns, p->w.digits,
               p->w.group, how, lutra_isa_name(lutra_isa_active()), i);
        exit(1);
    }
}

static void check(struct problem *p, int32_t layout) {
    struct lutra_ternary w = p->w;
    w.layout = layout;
    w.weights = memory(lutra_ternary_weight_bytes(&w));
    w.group_scales = w.group ? memory(lutra_ternary_scale_bytes(&w)) : NULL;
    pack(p, &w);
    int32_t tiles = (w.rows + TILE - 1) / TILE;
    int32_t *y = memory(4LL * p->tokens * w.rows);
    void *tables = memory(lutra_ternary_table_bytes(&w)), *scratch = memory(lutra_ternary_scratch_bytes(&w));
    lutra_ternary_tables(&w, p->x, 0, lutra_ternary_blocks(&w), tables);
    lutra_ternary_gemv(&w, tables, 0, 0, tiles, y);
    compare(p, y, 0, 1, "one token");
    lutra_ternary_gemm(&w, p->x, p->stride, p->x_sums, NULL, p->tokens, 0, tiles, scratch, y, w.rows);
    compare(p, y, 0, p->tokens, "many tokens");
    free(w.weights);
    free(w.group_scales);
    free(y);
    free(tables);
    free(scratch);
}

int main(void) {
    static const int32_t shapes[][4] = {/* rows, columns, group, tokens */
                                        {1, 1, 1, 1},      {31, 7, 32, 7},    {64, 96, 96, 2},   {65, 100, 32, 33},
                                        {130, 257, 10, 5}, {300, 896, 96, 3}, {67, 1000, 300, 9}, {64, 4999, 96, 1}};
    for (int32_t isa = lutra_isa_best(); isa >= 0; isa--)
        if (lutra_isa_use(isa) == isa) {
            printf("%s ", lutra_isa_name(isa));
            if (!lutra_check()) return puts("fails lutra_check"), 1;
        }
    const int32_t count = sizeof shapes / sizeof *shapes;
    for (int32_t i = 0; i < count + 2; i++)
        for (int32_t digits = 1; digits <= 3; digits++) {
            const enum fill fill = i < count ? RANDOM : i == count ? HIGHEST : LOWEST;
            const int32_t *shape = shapes[fill ? count - 2 : i]; /* two groups of more than one block */
            struct problem p = make(shape[0], shape[1], digits, digits == 1 && i % 2 ? 0 : shape[2], shape[3], fill);
            for (int32_t isa = lutra_isa_best(); isa >= 0; isa--)
                for (int32_t layout = 1; layout <= 4 && lutra_isa_use(isa) == isa; layout++) check(&p, layout);
            free(p.planes);
            free(p.m);
            free(p.x);
            free(p.x_sums);
            free(p.expected);
        }
    puts("exact");
    return 0;
}
