/*
 * One token by a matrix, around a kernel for one block: used by the library for every matrix, and by generated sources with a matrix whose
 * dimensions are constants.
 */
#ifndef LUTRA_TERNARY_GEMV_H
#define LUTRA_TERNARY_GEMV_H

#include <string.h>

#include "lutra_ops.h"

typedef void gemv_block(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums);
typedef void finish_rows(const int32_t *sums, const float *row_scales, float x_scale, int32_t n, float *y);

/* Rows of w from the first of tile on, at most n. */
static inline int32_t rows_from(const struct lutra_ternary *w, int32_t tile, int32_t n) {
    int32_t left = w->rows - tile * TILE;
    return left < n ? left : n;
}

/* Tiles [from, to) of one panel. */
static inline __attribute__((always_inline)) void gemv_panel(
        const struct geometry *g, gemv_block *multiply, const void *tables, int32_t from, int32_t to, int32_t *sums) {
    for (int32_t tile = from; tile < to; tile++)
        if (g->header_bytes) memcpy(sums + (tile - from) * TILE, tile_header(g, tile), TILE * sizeof *sums);
        else memset(sums + (tile - from) * TILE, 0, TILE * sizeof *sums);
    for (int32_t i = 0; i < g->blocks; i++) {
        struct block b = block_at(g, i);
        for (int32_t tile = from, tiles; tile < to; tile += tiles) {
            tiles = smaller(g->most_tiles - tile % g->most_tiles, to - tile);
            multiply(g, &b, tables, tile, tiles, sums + (tile - from) * TILE);
        }
    }
}

/* What lutra_ternary_gemv does, with a kernel for w's layout. */
static inline __attribute__((always_inline)) void gemv_tiles(
        const struct lutra_ternary *w, gemv_block *multiply, finish_rows *finish, const void *tables, float x_scale, int32_t from,
        int32_t to, int32_t *y) {
    _Alignas(64) int32_t sums[PANEL * TILE];
    const struct geometry g = geometry_of(w);
    for (int32_t tile = from, tiles; tile < to; tile += tiles) {
        tiles = smaller(g.panel - in_panel(&g, tile), to - tile);
        gemv_panel(&g, multiply, tables, tile, tile + tiles, sums);
        int32_t row = tile * TILE, rows = rows_from(w, tile, tiles * TILE);
        if (x_scale == 0) memcpy(y + row, sums, rows * sizeof *y);
        else finish(sums, w->row_scales + row, x_scale, rows, (float *)(y + row));
    }
}

#endif
