/*
 * AMX int8: a tile multiplies 16 tokens by 16 rows, 64 columns deep. The strip's form is what the second operand wants: 16 groups of four
 * columns, 256 bytes apart, of 16 rows each.
 */
#include <immintrin.h>
#include <string.h>

#include "lutra_ops.h"

enum { DEPTH = 16 /* groups of four columns */, SIDE = 16 };

struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
};

_Static_assert(sizeof(struct tile_config) == 64, "as ldtilecfg reads it");

/* What the next lower set does: fewer tokens than a tile, and columns that do not fill one. */
static void (*vector_gemm)(const uint8_t *, const int8_t *, int64_t, int32_t, int32_t, int32_t *);

/* 32 tokens by 32 rows in four tiles of sums. */
static inline void square(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t depths, int32_t *sums) {
    enum { SUM_STRIDE = TILE * 4, STRIP_STRIDE = TILE * 4 };
    _tile_loadd(0, sums, SUM_STRIDE);
    _tile_loadd(1, sums + SIDE, SUM_STRIDE);
    _tile_loadd(2, sums + SIDE * TILE, SUM_STRIDE);
    _tile_loadd(3, sums + SIDE * TILE + SIDE, SUM_STRIDE);
    for (int32_t d = 0; d < depths; d++, x += 4 * DEPTH, strip += DEPTH * STRIP_STRIDE) {
        _tile_loadd(4, x, x_stride);
        _tile_loadd(5, x + SIDE * x_stride, x_stride);
        _tile_loadd(6, strip, STRIP_STRIDE);
        _tile_loadd(7, strip + 4 * SIDE, STRIP_STRIDE);
        _tile_dpbsud(0, 4, 6);
        _tile_dpbsud(1, 4, 7);
        _tile_dpbsud(2, 5, 6);
        _tile_dpbsud(3, 5, 7);
    }
    _tile_stored(0, sums, SUM_STRIDE);
    _tile_stored(1, sums + SIDE, SUM_STRIDE);
    _tile_stored(2, sums + SIDE * TILE, SUM_STRIDE);
    _tile_stored(3, sums + SIDE * TILE + SIDE, SUM_STRIDE);
}

static void gemm(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    int32_t depths = tokens == 2 * SIDE ? quads / DEPTH : 0;
    if (depths) {
        struct tile_config config = {.palette = 1};
        for (int32_t i = 0; i < 8; i++) {
            config.column_bytes[i] = 64;
            config.rows[i] = SIDE;
        }
        _tile_loadconfig(&config);
        square(strip, x, x_stride, depths, sums);
        square(strip + 8 * SIDE, x, x_stride, depths, sums + 2 * SIDE);
        _tile_release();
    }
    int32_t done = depths * DEPTH;
    if (done < quads) vector_gemm(strip + (size_t)done * 4 * TILE, x + 4 * done, x_stride, quads - done, tokens, sums);
}

void lutra_install_amx(struct lutra_ops *ops) {
    vector_gemm = ops->gemm;
    ops->gemm = gemm;
    ops->gemm_tokens = 2 * SIDE;
}
