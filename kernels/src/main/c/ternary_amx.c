/*
 * AMX int8: a tile multiplies up to 16 tokens by 16 rows, 64 columns deep. The strip's form is what the second operand wants: 16 groups of
 * four columns, 256 bytes apart, of 16 rows each.
 */
#include "lutra_ops.h"
#include "tiles_amx.h"

enum { SIDE = 16, DEPTH = 16 /* groups of four columns */, X_STEP = 4 * DEPTH, STRIP_STEP = DEPTH * 4 * TILE };
enum { SUM_STRIDE = 4 * TILE, STRIP_STRIDE = 4 * TILE };

/*
 * Most steps of 64 columns that a square takes at once, so that its activations are still in the nearest cache when the other 32 rows are
 * multiplied by them. By count: 32 rows of a strip are two lines of every four, so of a cache of 64 sets they take as many lines as there
 * are steps, in half of the sets; activations take half a line per step in all, sums two in these: 12 ways hold 7 steps.
 */
enum { PIECE = 7 };

/* Columns that a step takes for some tokens. */
struct columns {
    const int8_t *x;
    int64_t stride; /* bytes from token to token */
    int32_t steps;
    const int8_t *rest; /* NULL, or one step more: [tokens][X_STEP], zeros past the last column */
};

/* Tiles 0-3 are sums. Up to 16 tokens: 0-3 of 64 rows, 4 activations, 5-7 weights. More: 0, 1 of the first 16, 2, 3 of the others. */
static void shape(int32_t tokens) {
    if (tokens == 0) {
        _tile_release();
        return;
    }
    const int32_t first = smaller(tokens, SIDE), second = tokens > SIDE ? tokens - SIDE : 0;
    struct tile_shapes shapes = {.palette = 1};
    for (int32_t i = 0; i < 8; i++) {
        shapes.row_bytes[i] = 64;
        shapes.rows[i] = SIDE;
    }
    shapes.rows[0] = shapes.rows[1] = shapes.rows[4] = (uint8_t)first;
    shapes.rows[2] = shapes.rows[3] = (uint8_t)(second ? second : first);
    if (second) shapes.rows[5] = (uint8_t)second;
    load_shapes(&shapes);
}

static inline void line_step(const uint8_t *strip, const int8_t *x, int64_t stride) {
    _tile_loadd(4, x, stride);
    _tile_loadd(5, strip, STRIP_STRIDE);
    _tile_loadd(6, strip + 4 * SIDE, STRIP_STRIDE);
    _tile_loadd(7, strip + 8 * SIDE, STRIP_STRIDE);
    _tile_dpbsud(0, 4, 5);
    _tile_loadd(5, strip + 12 * SIDE, STRIP_STRIDE);
    _tile_dpbsud(1, 4, 6);
    _tile_dpbsud(2, 4, 7);
    _tile_dpbsud(3, 4, 5);
}

/* Up to 16 tokens by 64 rows: four chains of sums, as many as hide the latency of a multiplication. */
static inline void line(const uint8_t *strip, struct columns c, int32_t *sums) {
    _tile_loadd(0, sums, SUM_STRIDE);
    _tile_loadd(1, sums + SIDE, SUM_STRIDE);
    _tile_loadd(2, sums + 2 * SIDE, SUM_STRIDE);
    _tile_loadd(3, sums + 3 * SIDE, SUM_STRIDE);
    for (int32_t i = 0; i < c.steps; i++, c.x += X_STEP, strip += STRIP_STEP) line_step(strip, c.x, c.stride);
    if (c.rest) line_step(strip, c.rest, X_STEP);
    _tile_stored(0, sums, SUM_STRIDE);
    _tile_stored(1, sums + SIDE, SUM_STRIDE);
    _tile_stored(2, sums + 2 * SIDE, SUM_STRIDE);
    _tile_stored(3, sums + 3 * SIDE, SUM_STRIDE);
}

static inline void square_step(const uint8_t *strip, const int8_t *x, int64_t stride) {
    _tile_loadd(4, x, stride);
    _tile_loadd(6, strip, STRIP_STRIDE);
    _tile_loadd(7, strip + 4 * SIDE, STRIP_STRIDE);
    _tile_loadd(5, x + SIDE * stride, stride);
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
}

/* 17 to 32 tokens by 32 rows: a tile loaded for every multiplication, the fewest that eight tiles allow. */
static inline void square(const uint8_t *strip, struct columns c, int32_t *sums) {
    _tile_loadd(0, sums, SUM_STRIDE);
    _tile_loadd(1, sums + SIDE, SUM_STRIDE);
    _tile_loadd(2, sums + SIDE * TILE, SUM_STRIDE);
    _tile_loadd(3, sums + SIDE * TILE + SIDE, SUM_STRIDE);
    for (int32_t i = 0; i < c.steps; i++, c.x += X_STEP, strip += STRIP_STEP) square_step(strip, c.x, c.stride);
    if (c.rest) square_step(strip, c.rest, X_STEP);
    _tile_stored(0, sums, SUM_STRIDE);
    _tile_stored(1, sums + SIDE, SUM_STRIDE);
    _tile_stored(2, sums + SIDE * TILE, SUM_STRIDE);
    _tile_stored(3, sums + SIDE * TILE + SIDE, SUM_STRIDE);
}

static void squares(const uint8_t *strip, struct columns all, int32_t *sums) {
    int32_t left = all.steps ? ceil_div(all.steps, PIECE) : 1;
    for (; left > 0; left--) {
        const struct columns piece = {all.x, all.stride, all.steps / left, left == 1 ? all.rest : NULL};
        square(strip, piece, sums);
        square(strip + 8 * SIDE, piece, sums + 2 * SIDE);
        all.x += piece.steps * X_STEP;
        all.steps -= piece.steps;
        strip += piece.steps * (size_t)STRIP_STEP;
    }
}

/* The last groups of columns, fewer than a step has, of all tokens. */
static void copy_rest(const int8_t *x, int64_t stride, int32_t quads, int32_t tokens, int8_t *to) {
    const __mmask64 columns = (1ULL << 4 * quads) - 1;
    for (int32_t t = 0; t < tokens; t++)
        _mm512_store_si512(to + t * X_STEP, _mm512_maskz_loadu_epi8(columns, x + t * stride));
    __asm__ volatile("" : : "r"(to) : "memory"); /* GCC does not know that tileloadd reads memory */
}

/* The strip may be read up to a multiple of 16 groups of columns: whatever lies there is multiplied by 0. */
static void gemm(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    _Alignas(64) int8_t rest[GEMM_TOKENS * X_STEP];
    struct columns columns = {x, x_stride, quads / DEPTH, quads % DEPTH ? rest : NULL};
    if (columns.rest) copy_rest(x + columns.steps * X_STEP, x_stride, quads % DEPTH, tokens, rest);
    if (tokens > SIDE) squares(strip, columns, sums);
    else line(strip, columns, sums);
}

void lutra_install_amx(struct lutra_ops *ops) {
    ops->shape = shape;
    ops->gemm = gemm;
    ops->gemm_tokens = 2 * SIDE;
}
