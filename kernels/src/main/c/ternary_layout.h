/* The geometry of the run-time layouts, shared by every kernel: how columns fall into blocks and steps, and rows into lanes. */
#ifndef LUTRA_TERNARY_LAYOUT_H
#define LUTRA_TERNARY_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "lutra_kernels.h"

enum { FIVE = 1, QUINT = 2, CODES = 3, TRIPLE = 4, LAYOUTS = 5 };

/* Rows of a tile: one vector of 64 bytes for "quint" and "triple", two of words for "five", four of dwords for "codes". */
enum { TILE = 64 };

/*
 * Tables of a step: "five" has 32 int16 per three columns; "quint" 128 low bytes, then 128 high bytes, per five columns; "triple" per three
 * columns 16 sums of the low parts of the activations, then 16 of the high parts, see low_part. "codes" has the activations.
 */
enum { FIVE_TABLE = 3 * 64, QUINT_TABLE = 256, TRIPLE_TABLE = 8 * 32 };

static inline int32_t table_bytes(int32_t layout) {
    return layout == FIVE ? FIVE_TABLE : layout == QUINT ? QUINT_TABLE : TRIPLE_TABLE;
}

/* A "triple" step of one digit: four planes of index bytes and one of signs, a byte per row each. */
enum { TRIPLE_SIGNS = 4 * TILE, TRIPLE_BYTES = 5 * TILE };

/* x = 16 high + low; both are within -8 and 8, so that four sums of three fit a byte. */
static inline int32_t high_part(int32_t x) { return (x + 8) >> 4; }

static inline int32_t low_part(int32_t x) { return x - 16 * high_part(x); }

/* Bytes from one row to the next in a step: uint16, byte, dword. */
static inline int32_t lane_bytes(int32_t layout) { return layout == FIVE ? 2 : layout == CODES ? 4 : 1; }

/* Bytes of one digit of a tile in a step. */
static inline int32_t digit_bytes(int32_t layout) { return layout == TRIPLE ? TRIPLE_BYTES : TILE * lane_bytes(layout); }

static inline int32_t step_columns(int32_t layout, int32_t digits) {
    return layout == FIVE ? 9 : layout == QUINT ? 5 : layout == TRIPLE ? 24 : digits == 1 ? 16 : digits == 2 ? 8 : 4;
}

/*
 * 28 steps of three triples of at most 384, 51 quintuples of at most 641, and 10 steps of eight triples stay within int16. "codes" sums in
 * int32.
 */
static inline int32_t block_columns(int32_t layout) {
    return layout == FIVE ? 252 : layout == QUINT ? 125 : layout == TRIPLE ? 240 : INT32_MAX / 2;
}

static inline int32_t ceil_div(int32_t a, int32_t b) { return a / b + (a % b != 0); }

static inline int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/*
 * What follows from a matrix's header, worked out once per call. Tiles make bands, bands make panels. A panel is stored block by block and
 * a block band by band: the tables of one block stay in the nearest cache while the weights of all bands of a panel stream past. Tiles
 * of a band are interleaved step by step, so that a kernel that works on all of them reads one stream and a table serves them all. A step
 * of a band is 256 bytes where it can be: with steps twice as long the processor's own prefetching falls to three quarters.
 *
 * A thread that has some tiles of a panel jumps over the others' at every block, and what was fetched ahead there is another thread's: at
 * 896 x 4864 two threads lose half of their speed with one panel for all 14 tiles. So panels are small, although one thread would be
 * faster with large ones, and "codes", which has no tables to keep near, has none: all weights of a tile follow one another.
 */
struct geometry {
    const struct lutra_ternary *w;
    int32_t tiles, groups, blocks, steps; /* of the whole matrix; steps of a row */
    int32_t group;                        /* columns */
    int32_t unit;                         /* columns of a step */
    int32_t most;                         /* columns of a block, but for the last of a group ... */
    int32_t last;                         /* ... which has so many */
    int32_t parts;                        /* blocks of a group */
    int32_t group_steps;
    int32_t band;  /* tiles, a power of two */
    int32_t panel; /* the same, no smaller */
    int32_t most_tiles; /* of one call of a gemv: a band, or for "triple", whose bands are single tiles, a panel */
    int32_t header_bytes; /* of a tile: "quint" begins a panel with int32 [tiles][64 rows], see ternary_vbmi.c */
    size_t step_bytes;    /* of a tile */
    size_t tile_bytes;    /* header included */
};

/* Most tiles of a panel: 2048 rows, whose sums take 8 KiB of the nearest cache. */
enum { PANEL = 32 };

static inline struct geometry geometry_of(const struct lutra_ternary *w) {
    struct geometry g = {.w = w, .most = block_columns(w->layout), .unit = step_columns(w->layout, w->digits)};
    g.tiles = ceil_div(w->rows, TILE);
    g.group = w->group > 0 ? w->group : w->columns;
    g.groups = ceil_div(w->columns, g.group);
    g.parts = ceil_div(g.group, g.most);
    g.last = g.group - (g.parts - 1) * g.most;
    g.group_steps = (g.parts > 1 ? (g.parts - 1) * (g.most / g.unit) : 0) + ceil_div(g.last, g.unit);
    int32_t whole = w->columns / g.group, rest = w->columns % g.group;
    g.blocks = whole * g.parts + (rest ? ceil_div(rest, g.most) : 0);
    g.steps = whole * g.group_steps;
    if (rest) g.steps += rest / g.most * (g.most / g.unit) + ceil_div(rest % g.most, g.unit);
    g.band = w->layout == QUINT ? 4 / w->digits : w->layout == FIVE && w->digits < 3 ? 2 : 1;
    g.panel = w->layout == CODES ? 1 : w->layout == TRIPLE ? PANEL : 8;
    g.most_tiles = w->layout == TRIPLE ? PANEL : g.band;
    g.header_bytes = w->layout == QUINT ? 4 * TILE : 0;
    g.step_bytes = (size_t)digit_bytes(w->layout) * (w->layout == CODES ? 1 : w->digits);
    g.tile_bytes = g.header_bytes + g.steps * g.step_bytes;
    return g;
}

struct block {
    int32_t index;  /* of all blocks of a row */
    int32_t group;  /* whose m it is multiplied by */
    int32_t column; /* its first */
    int32_t columns;
    int32_t step; /* steps before it in the row */
    int32_t steps;
};

static inline struct block block_at(const struct geometry *g, int32_t index) {
    int32_t group = index / g->parts, part = index % g->parts;
    struct block b = {.index = index, .group = group, .column = group * g->group, .step = group * g->group_steps};
    if (part > 0) {
        b.column += part * g->most;
        b.step += part * (g->most / g->unit);
    }
    b.columns = smaller(g->w->columns - b.column, part == g->parts - 1 ? g->last : g->most);
    b.steps = ceil_div(b.columns, g->unit);
    return b;
}

/* Where a tile finds a block: its steps, [digit][64 lanes], lie `stride` bytes apart. */
struct lanes {
    uint8_t *at;
    size_t stride;
};

/* Tiles of its panel before a tile. */
static inline int32_t in_panel(const struct geometry *g, int32_t tile) { return tile & (g->panel - 1); }

static inline uint8_t *panel_at(const struct geometry *g, int32_t tile) {
    return (uint8_t *)g->w->weights + (tile & -g->panel) * g->tile_bytes;
}

static inline int32_t *tile_header(const struct geometry *g, int32_t tile) {
    return (int32_t *)(panel_at(g, tile) + in_panel(g, tile) * g->header_bytes);
}

static inline struct lanes lanes_at(const struct geometry *g, const struct block *b, int32_t tile) {
    if (g->panel == 1)
        return (struct lanes){
                .at = (uint8_t *)g->w->weights + tile * g->tile_bytes + b->step * g->step_bytes, .stride = g->step_bytes};
    int32_t before = in_panel(g, tile), panel_tiles = smaller(g->panel, g->tiles - tile + before);
    int32_t in_band = tile & (g->band - 1), first = before - in_band, band_tiles = smaller(g->band, panel_tiles - first);
    uint8_t *steps = panel_at(g, tile) + panel_tiles * (g->header_bytes + b->step * g->step_bytes);
    return (struct lanes){
            .at = steps + (first * (size_t)b->steps + in_band) * g->step_bytes, .stride = band_tiles * g->step_bytes};
}

/* The scales of the 64 rows of a tile for a block; NULL when all are 1. */
static inline uint8_t *scales_at(const struct geometry *g, int32_t group, int32_t tile) {
    return g->w->group_scales ? g->w->group_scales + ((size_t)tile * g->groups + group) * TILE : NULL;
}

/*
 * The row of 32 that word lane p of a vector holds. Unpacking two vectors of words into dwords, within 128-bit lanes as x86 does, then
 * yields rows 0-15 and 16-31 in order.
 */
static inline int32_t word_row(int32_t p) { return (p % 8 < 4 ? 0 : 16) + p / 8 * 4 + p % 4; }

/* The row of 64 that byte lane p holds: unpacking bytes yields rows 0-31 and 32-63, each in the order of word_row. */
static inline int32_t byte_row(int32_t p) { return (p % 16 < 8 ? 0 : 32) + word_row(p / 16 * 8 + p % 8); }

static inline int32_t lane_row(int32_t layout, int32_t lane) {
    return layout == CODES ? lane : layout == FIVE ? lane / 32 * 32 + word_row(lane % 32) : byte_row(lane);
}

#endif
