/* The geometry of the run-time layouts, shared by every kernel: how columns fall into blocks and steps, and rows into lanes. */
#ifndef LUTRA_TERNARY_LAYOUT_H
#define LUTRA_TERNARY_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "lutra_kernels.h"

enum { FIVE = 1, QUINT = 2, CODES = 3, LAYOUTS = 4 };

/* Rows of a tile: one vector of bytes for "quint", two of words for "five", four of dwords for "codes". */
enum { TILE = 64 };

/* A table of "five" is 32 int16 per three columns; one of "quint" 128 low bytes, then 128 high bytes, per five columns. */
enum { FIVE_TABLE = 3 * 64, QUINT_TABLE = 256 };

/* Bytes that one lane of one digit takes in a step: uint16, byte, dword. */
static inline int32_t lane_bytes(int32_t layout) { return layout == FIVE ? 2 : layout == QUINT ? 1 : 4; }

static inline int32_t step_columns(int32_t layout, int32_t digits) {
    return layout == FIVE ? 9 : layout == QUINT ? 5 : digits == 1 ? 16 : digits == 2 ? 8 : 4;
}

static inline int32_t step_bytes(const struct lutra_ternary *w) {
    return TILE * lane_bytes(w->layout) * (w->layout == CODES ? 1 : w->digits);
}

/* 28 steps of three triples of at most 384, and 51 quintuples of at most 641, stay within int16. "codes" sums in int32. */
static inline int32_t block_columns(int32_t layout) { return layout == FIVE ? 252 : layout == QUINT ? 255 : INT32_MAX / 2; }

static inline int32_t ceil_div(int32_t a, int32_t b) { return a / b + (a % b != 0); }

static inline int32_t tiles_of(const struct lutra_ternary *w) { return ceil_div(w->rows, TILE); }

static inline int32_t group_columns(const struct lutra_ternary *w) { return w->group > 0 ? w->group : w->columns; }

static inline int32_t groups_of(const struct lutra_ternary *w) { return ceil_div(w->columns, group_columns(w)); }

struct block {
    int32_t index;  /* of all blocks of a row */
    int32_t group;  /* whose m it is multiplied by */
    int32_t column; /* its first */
    int32_t columns;
    int32_t step; /* steps before it in the row */
    int32_t steps;
};

static inline struct block block_at(const struct lutra_ternary *w, int32_t index) {
    int32_t unit = step_columns(w->layout, w->digits), most = block_columns(w->layout), group = group_columns(w);
    int32_t parts = ceil_div(group, most), last = group - (parts - 1) * most;
    int32_t part_steps = parts > 1 ? most / unit : 0, group_steps = (parts - 1) * part_steps + ceil_div(last, unit);
    int32_t g = index / parts, part = index % parts;
    struct block b = {.index = index, .group = g, .column = g * group, .step = g * group_steps + part * part_steps};
    if (part > 0) b.column += part * most;
    int32_t left = w->columns - b.column, length = part == parts - 1 ? last : most;
    b.columns = left < length ? left : length;
    b.steps = ceil_div(b.columns, unit);
    return b;
}

static inline int32_t blocks_of(const struct lutra_ternary *w) {
    int32_t most = block_columns(w->layout), group = group_columns(w), parts = ceil_div(group, most);
    int32_t whole = w->columns / group, rest = w->columns % group;
    return whole * parts + (rest ? ceil_div(rest, most) : 0);
}

static inline int32_t steps_of(const struct lutra_ternary *w) {
    struct block b = block_at(w, blocks_of(w) - 1);
    return b.step + b.steps;
}

/* "quint" begins a tile with int32 [64 rows]: what its look-up of complements misses, see ternary_vbmi.c. */
static inline int32_t header_bytes(const struct lutra_ternary *w) { return w->layout == QUINT ? 4 * TILE : 0; }

static inline size_t tile_bytes(const struct lutra_ternary *w) {
    return header_bytes(w) + (size_t)steps_of(w) * step_bytes(w);
}

static inline uint8_t *tile_header(const struct lutra_ternary *w, int32_t tile) {
    return (uint8_t *)w->weights + tile * tile_bytes(w);
}

/* The steps of a tile. */
static inline uint8_t *tile_weights(const struct lutra_ternary *w, int32_t tile) {
    return tile_header(w, tile) + header_bytes(w);
}

/* [groups][64] for a tile. */
static inline const uint8_t *tile_scales(const struct lutra_ternary *w, int32_t tile) {
    return w->group_scales ? w->group_scales + (size_t)tile * groups_of(w) * TILE : NULL;
}

/*
 * The row of 32 that word lane p of a vector holds. Unpacking two vectors of words into dwords, within 128-bit lanes as x86 does, then
 * yields rows 0-15 and 16-31 in order.
 */
static inline int32_t word_row(int32_t p) { return (p % 8 < 4 ? 0 : 16) + p / 8 * 4 + p % 4; }

/* The row of 64 that byte lane p holds: unpacking bytes yields rows 0-31 and 32-63, each in the order of word_row. */
static inline int32_t byte_row(int32_t p) { return (p % 16 < 8 ? 0 : 32) + word_row(p / 16 * 8 + p % 8); }

static inline int32_t lane_row(int32_t layout, int32_t lane) {
    return layout == QUINT ? byte_row(lane) : layout == FIVE ? lane / 32 * 32 + word_row(lane % 32) : lane;
}

#endif
