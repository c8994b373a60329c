/*
 * Multiplies random ternary matrices with every layout under every instruction set that the library offers here and compares the sums
 * with plain loops; the other kernels are left to lutra_check. Prints the sets; exits with 1 on the first difference. Run by
 * CrossBuildTest under an emulator, and by AmxModelTest with AMX's tile instructions modelled.
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
    for (int32_t r = 0; r < rows; r++)
        for (int32_t c = 0; c < columns; c++) {
            const int32_t w = weight(&p, r, c);
            for (int32_t t = 0; t < tokens; t++) p.expected[t * rows + r] += w * p.x[t * p.stride + c];
        }
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

/* A gated product must be, to the bit, the product and then the gate. */
static void check_gated(const struct problem *p, struct lutra_ternary w, void *scratch) {
    const int32_t half = w.rows / 2, tokens = p->tokens;
    float *scales = memory(4 * tokens), *all = memory(4LL * tokens * w.rows), *gated = memory(4LL * tokens * half);
    w.row_scales = memory(4LL * w.rows);
    for (int32_t t = 0; t < tokens; t++) scales[t] = (float)(1 + random_below(1000)) / 7;
    for (int32_t r = 0; r < w.rows; r++) w.row_scales[r] = (float)(1 + (r < half ? 3 : random_below(1000))) / 1000;
    lutra_ternary_gemm(&w, p->x, p->stride, p->x_sums, scales, tokens, 0, w.rows / TILE, scratch, all, w.rows);
    lutra_gate(LUTRA_SQUARED_RELU, all, w.rows, all + half, w.rows, half, 0, tokens, all, w.rows, NULL);
    void *strips = memory(lutra_ternary_gated_bytes(&w));
    lutra_ternary_gated(
            &w, LUTRA_SQUARED_RELU, p->x, p->stride, p->x_sums, scales, tokens, 0, half / TILE, strips, gated, half);
    for (int32_t t = 0; t < tokens; t++)
        if (memcmp(gated + (size_t)t * half, all + (size_t)t * w.rows, half * sizeof *gated)) {
            printf("%d x %d, gated, under %s: token %d is wrong\n", w.rows, w.columns, lutra_isa_name(lutra_isa_active()), t);
            exit(1);
        }
    free(w.row_scales);
    free(scales);
    free(all);
    free(gated);
    free(strips);
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
    if (lutra_ternary_gated_bytes(&w)) check_gated(p, w, scratch);
    free(w.weights);
    free(w.group_scales);
    free(y);
    free(tables);
    free(scratch);
}

int main(void) {
    static const int32_t shapes[][4] = {
            /* rows, columns, group, tokens; numbers of tokens and columns that do and do not fill the tiles of AMX */
            {1, 1, 1, 1},      {31, 7, 32, 7},    {64, 96, 96, 2},    {65, 100, 32, 33},  {130, 257, 10, 5},
            {300, 896, 96, 3}, {67, 1000, 300, 9}, {64, 4999, 96, 1}, {64, 64, 32, 31},   {65, 192, 64, 32},
            {70, 640, 128, 64}, {63, 191, 191, 65}, {65, 130, 65, 513}, {64, 4500, 900, 18}, {256, 705, 96, 17}};
    const int32_t count = sizeof shapes / sizeof *shapes;
    /* Extreme values come in two groups of more than one block. */
    static const int32_t extreme[] = {67, 1000, 300, 40};
    for (int32_t isa = lutra_isa_best(); isa >= 0; isa--)
        if (lutra_isa_use(isa) == isa) {
            printf("%s ", lutra_isa_name(isa));
            fflush(stdout);
            if (!lutra_check()) return puts("fails lutra_check"), 1;
            if (lutra_peak(2) < 2) return puts("fails lutra_peak"), 1;
        }
    for (int32_t i = 0; i < count + 2; i++)
        for (int32_t digits = 1; digits <= 3; digits++) {
            const enum fill fill = i < count ? RANDOM : i == count ? HIGHEST : LOWEST;
            const int32_t *shape = fill ? extreme : shapes[i];
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
