/* The public ternary functions: they cut work into tiles, blocks and tokens, the active table does it. */
#include <string.h>

#include "ternary_gemv.h"

/* 256 KiB of strip stay in the second-level cache beside the activations of a call. */
enum { STRIP_COLUMNS = 4096 };

int64_t lutra_ternary_struct_bytes(void) { return sizeof(struct lutra_ternary); }

int64_t lutra_ternary_weight_bytes(const struct lutra_ternary *w) {
    struct geometry g = geometry_of(w);
    return (int64_t)(g.tiles * g.tile_bytes);
}

int64_t lutra_ternary_scale_bytes(const struct lutra_ternary *w) {
    struct geometry g = geometry_of(w);
    return w->group > 0 ? (int64_t)g.tiles * g.groups * TILE : 0;
}

int64_t lutra_ternary_table_bytes(const struct lutra_ternary *w) {
    struct geometry g = geometry_of(w);
    if (w->layout == CODES) return (uint8_t *)(codes_sums(&g, NULL) + g.blocks) - (uint8_t *)NULL;
    return (int64_t)g.steps * table_bytes(w->layout);
}

int32_t lutra_ternary_blocks(const struct lutra_ternary *w) { return geometry_of(w).blocks; }

int32_t lutra_ternary_layouts(int32_t digits) {
    (void)digits;
    return lutra_ops.fast_layouts;
}

/* Trits in bytes, -1, 0, 1, as 0, 1, 2. */
static inline uint64_t plus_one(uint64_t trits) {
    const uint64_t low = 0x0303030303030303, ones = 0x0101010101010101;
    return ((trits & low) + ones) & low;
}

/* From 4 to 8 trits as bytes of a word. Two loads, as a copy of odd length goes through memory. */
static inline uint64_t load_trits(const int8_t *trits, int32_t count) {
    uint32_t first = 0, last = 0;
    memcpy(&first, trits, 4);
    memcpy(&last, trits + count - 4, 4);
    return first | (uint64_t)last << (count - 4) * 8;
}

/* Polynomials in 3 of the bytes of a word: a product of words adds up every byte's share, and no sum here outgrows its byte. */
static inline uint8_t quint_of(const int8_t *trits) {
    int32_t v = (int32_t)(plus_one(load_trits(trits, 5)) * 0x511b090301 >> 32 & 255) - 121, sign = v >> 31;
    return (uint8_t)(((v ^ sign) - sign) | (sign & 128)); /* no branch on a random sign */
}

static inline uint16_t five_of(const int8_t *trits) {
    uint64_t first = plus_one(load_trits(trits, 5)) * 0x090301, last = plus_one(load_trits(trits + 5, 4)) * 0x090301;
    uint64_t middle = plus_one(load_trits(trits + 3, 4)) * 0x090301;
    return (uint16_t)((first >> 16 & 31) | (middle >> 16 & 31) << 5 | (last >> 24 & 31) << 10);
}

/* Two triples in each of four bytes, the first in the low half; the sign of the first triple is the highest bit of the fifth byte. */
static inline void put_triple(const int8_t *t, uint8_t *lane) {
    uint32_t signs = 0;
    for (int32_t i = 0; i < 4; i++, t += 6) {
        int32_t a = 9 * t[0] + 3 * t[1] + t[2], b = 9 * t[3] + 3 * t[4] + t[5], of_a = a >> 31, of_b = b >> 31;
        lane[i * TILE] = (uint8_t)(((a ^ of_a) - of_a) | ((b ^ of_b) - of_b) << 4);
        signs = signs << 2 | (uint32_t)(of_a & 2) | (uint32_t)(of_b & 1);
    }
    lane[TRIPLE_SIGNS] = (uint8_t)signs;
}

/* Levels of three digits are below 27, of two below 9. */
static inline uint32_t codes_of(const int8_t *trits, int64_t plane, int32_t digits) {
    uint64_t low = 0, high = 0;
    if (digits == 1) {
        memcpy(&low, trits, 8);
        memcpy(&high, trits + 8, 8);
        low = plus_one(low) | plus_one(high) << 4;
        return (uint32_t)(low | low >> 30);
    }
    for (int32_t d = digits - 1; d >= 0; d--) {
        uint64_t some = 0;
        memcpy(&some, trits + d * plane, digits == 2 ? 8 : 4);
        low = 3 * low + plus_one(some);
    }
    return (uint32_t)(digits == 2 ? low | low >> 28 : low);
}

/* A step of one row, its first digit at `lane`. */
static inline __attribute__((always_inline)) void pack_lane(
        int32_t layout, int32_t digits, const int8_t *trits, int64_t plane, uint8_t *lane) {
    if (layout == CODES) {
        uint32_t codes = codes_of(trits, plane, digits);
        memcpy(lane, &codes, 4);
        return;
    }
    for (int32_t d = 0; d < digits; d++, trits += plane, lane += digit_bytes(layout))
        if (layout == QUINT) *lane = quint_of(trits);
        else if (layout == TRIPLE) put_triple(trits, lane);
        else {
            uint16_t five = five_of(trits);
            memcpy(lane, &five, 2);
        }
}

/* A block of a tile, step by step: what a step takes lies together. A row without trits is one of zeros. */
static inline __attribute__((always_inline)) void pack_steps(
        const struct geometry *g, const struct lutra_ternary_row *rows, const struct block *b, struct lanes to, int32_t layout,
        int32_t digits) {
    for (int32_t s = 0; s < b->steps; s++) {
        const int32_t first = s * g->unit, columns = smaller(g->unit, b->columns - first);
        for (int32_t i = 0; i < TILE; i++) {
            uint8_t *lane = to.at + s * to.stride + i * lane_bytes(layout);
            const int8_t *trits = rows[i].trits ? rows[i].trits + b->column + first : NULL;
            if (trits && columns == g->unit) pack_lane(layout, digits, trits, rows[i].plane, lane);
            else {
                int8_t some[3 * 24] = {0};
                for (int32_t d = 0; d < digits && trits; d++) memcpy(some + d * 24, trits + d * rows[i].plane, columns);
                pack_lane(layout, digits, some, 24, lane);
            }
        }
    }
}

/* rows in the order of the lanes */
static void pack_block(const struct geometry *g, const struct lutra_ternary_row *rows, const struct block *b, struct lanes to) {
    if (g->w->layout == QUINT) pack_steps(g, rows, b, to, QUINT, g->w->digits);
    else if (g->w->layout == FIVE) pack_steps(g, rows, b, to, FIVE, g->w->digits);
    else if (g->w->layout == TRIPLE) pack_steps(g, rows, b, to, TRIPLE, g->w->digits);
    else if (g->w->digits == 1) pack_steps(g, rows, b, to, CODES, 1);
    else if (g->w->digits == 2) pack_steps(g, rows, b, to, CODES, 2);
    else pack_steps(g, rows, b, to, CODES, 3);
}

static void pack_scales(const struct geometry *g, const struct lutra_ternary_row *rows, int32_t tile) {
    for (int32_t group = 0; group < g->groups; group++)
        for (int32_t i = 0; i < TILE; i++)
            scales_at(g, group, tile)[i] = rows[i].trits && rows[i].m ? rows[i].m[group] : 1;
}

/* The header of a tile of "quint": m times the digit's worth, summed over the negative entries of each row. */
static void pack_header(const struct geometry *g, int32_t tile) {
    static const int32_t worth[3] = {1, 3, 9};
    int32_t sums[TILE] = {0};
    for (int32_t i = 0; i < g->blocks; i++) {
        struct block b = block_at(g, i);
        const struct lanes lanes = lanes_at(g, &b, tile);
        const uint8_t *scales = scales_at(g, b.group, tile);
        for (int32_t d = 0; d < g->w->digits; d++) {
            uint8_t negative[TILE] = {0};
            for (int32_t s = 0; s < b.steps; s++)
                for (int32_t p = 0; p < TILE; p++)
                    negative[p] = (uint8_t)(negative[p] + (lanes.at[s * lanes.stride + d * TILE + p] >> 7));
            for (int32_t p = 0; p < TILE; p++) {
                int32_t row = byte_row(p);
                sums[row] += negative[p] * worth[d] * (scales ? scales[row] : 1);
            }
        }
    }
    memcpy(tile_header(g, tile), sums, sizeof sums);
}

void lutra_ternary_pack(const struct lutra_ternary *w, const struct lutra_ternary_row *rows, int32_t tile) {
    struct geometry g = geometry_of(w);
    struct lutra_ternary_row by_lane[TILE];
    for (int32_t lane = 0; lane < TILE; lane++) by_lane[lane] = rows[lane_row(w->layout, lane)];
    for (int32_t i = 0; i < g.blocks; i++) {
        struct block b = block_at(&g, i);
        pack_block(&g, by_lane, &b, lanes_at(&g, &b, tile));
    }
    if (w->group_scales) pack_scales(&g, rows, tile);
    if (w->layout == QUINT) pack_header(&g, tile);
}

void lutra_ternary_tables(const struct lutra_ternary *w, const int8_t *x, int32_t from, int32_t to, void *tables) {
    struct geometry g = geometry_of(w);
    for (int32_t i = from; i < to; i++) {
        struct block b = block_at(&g, i);
        lutra_ops.tables[w->layout](&g, &b, x, tables);
    }
}

void lutra_ternary_gemv(
        const struct lutra_ternary *w, const void *tables, float x_scale, int32_t from, int32_t to, void *y) {
    gemv_tiles(w, lutra_ops.gemv[w->layout], lutra_ops.finish, tables, x_scale, from, to, y);
}

/*
 * The block after the last one of a strip that begins with block i: whole blocks, a multiple of four columns, STRIP_COLUMNS or little
 * more.
 */
static int32_t strip_end(const struct geometry *g, int32_t i) {
    int32_t first = block_at(g, i).column;
    for (i++; i < g->blocks; i++) {
        int32_t columns = block_at(g, i).column - first;
        if (columns >= STRIP_COLUMNS && columns % 4 == 0) break;
    }
    return i;
}

static int32_t end_column(const struct geometry *g, int32_t block) {
    struct block b = block_at(g, block - 1);
    return b.column + b.columns;
}

int64_t lutra_ternary_scratch_bytes(const struct lutra_ternary *w) {
    struct geometry g = geometry_of(w);
    int32_t most = 0;
    for (int32_t i = 0, next; i < g.blocks; i = next) {
        next = strip_end(&g, i);
        int32_t columns = end_column(&g, next) - block_at(&g, i).column;
        if (columns > most) most = columns;
    }
    return (int64_t)ceil_div(most, 64) * 64 * TILE; /* see gemm in lutra_ops.h */
}

/* Whether a set multiplies strips of w's trits by a kernel of their own. */
static int has_trits(const struct lutra_ternary *w) { return lutra_ops.gemm_trits && w->digits == 1 && !w->group_scales; }

static void strip_to_trits(uint8_t *strip, int32_t quads) {
    for (int32_t i = 0; i < quads * 4 * TILE; i++) strip[i] = (uint8_t)(strip[i] - STRIP_OFFSET + TRIT_OFFSET);
}

static void start(const struct lutra_ternary *w, const int32_t *x_sums, int32_t tokens, int32_t *sums) {
    lutra_ops.start(x_sums, has_trits(w) ? TRIT_OFFSET : STRIP_OFFSET, tokens, sums);
}

/* Readies the set for n tokens, or for none, after a number of `before`; returns n. */
static int32_t shape(int32_t before, int32_t n) {
    if (lutra_ops.shape && n != before) lutra_ops.shape(n);
    return n;
}

static void multiply(
        const struct lutra_ternary *w, const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens,
        int32_t *sums) {
    (has_trits(w) ? lutra_ops.gemm_trits : lutra_ops.gemm)(strip, x, x_stride, quads, tokens, sums);
}

/* Blocks of a tile lie apart, its steps too: memory does not know which lines come next. */
static void prefetch_block(const struct geometry *g, int32_t index, int32_t tile) {
    const struct block b = block_at(g, index);
    const struct lanes lanes = lanes_at(g, &b, tile);
    for (int32_t s = 0; s < b.steps; s++)
        for (size_t i = 0; i < g->step_bytes; i += 64) __builtin_prefetch(lanes.at + s * lanes.stride + i);
}

/* Decodes blocks [from, to) of a tile; returns the strip's groups of four columns, the last filled up with zeros. */
static int32_t unpack_strip(const struct geometry *g, int32_t tile, int32_t from, int32_t to, uint8_t *strip) {
    int32_t first = block_at(g, from).column, quads = ceil_div(end_column(g, to) - first, 4), layout = g->w->layout;
    memset(strip + (size_t)(quads - 1) * 4 * TILE, layout == CODES ? STRIP_OFFSET : 0, 4 * TILE);
    for (int32_t i = from; i < to; i++) {
        struct block b = block_at(g, i);
        if (i + 1 < to) prefetch_block(g, i + 1, tile);
        lutra_ops.unpack[layout](g, &b, tile, first, strip);
    }
    if (layout != CODES) lutra_ops.interleave(strip, quads);
    if (has_trits(g->w)) strip_to_trits(strip, quads);
    return quads;
}

void lutra_ternary_gemm(
        const struct lutra_ternary *w,
        const int8_t *x,
        int64_t x_stride,
        const int32_t *x_sums,
        const float *x_scales,
        int32_t tokens,
        int32_t from,
        int32_t to,
        void *scratch,
        void *y,
        int64_t y_stride) {
    _Alignas(64) int32_t sums[GEMM_TOKENS * TILE];
    struct geometry g = geometry_of(w);
    int32_t shaped = 0;
    for (int32_t tile = from; tile < to; tile++) {
        int32_t rows = rows_from(w, tile, TILE);
        for (int32_t i = 0, next; i < g.blocks; i = next) {
            next = strip_end(&g, i);
            int32_t first = block_at(&g, i).column, quads = unpack_strip(&g, tile, i, next, scratch);
            for (int32_t t = 0, n; t < tokens; t += n) {
                n = smaller(lutra_ops.gemm_tokens, tokens - t);
                int32_t *out = (int32_t *)y + t * y_stride + tile * TILE;
                /* Sums of earlier strips wait in y. */
                if (i == 0) start(w, x_sums + t, n, sums);
                else
                    for (int32_t j = 0; j < n; j++) memcpy(sums + j * TILE, out + j * y_stride, rows * sizeof *sums);
                shaped = shape(shaped, n);
                multiply(w, scratch, x + t * x_stride + first, x_stride, quads, n, sums);
                if (next == g.blocks && x_scales)
                    lutra_ops.finish_tile(sums, w->row_scales + tile * TILE, x_scales + t, n, rows, (float *)out, y_stride);
                else
                    for (int32_t j = 0; j < n; j++) memcpy(out + j * y_stride, sums + j * TILE, rows * sizeof *sums);
            }
        }
    }
    shape(shaped, 0);
}

int64_t lutra_ternary_gated_bytes(const struct lutra_ternary *w) {
    struct geometry g = geometry_of(w);
    return w->rows % (2 * TILE) || strip_end(&g, 0) < g.blocks ? 0 : 2 * lutra_ternary_scratch_bytes(w);
}

void lutra_ternary_gated(
        const struct lutra_ternary *w,
        int32_t activation,
        const int8_t *x,
        int64_t x_stride,
        const int32_t *x_sums,
        const float *x_scales,
        int32_t tokens,
        int32_t from,
        int32_t to,
        void *scratch,
        float *y,
        int64_t y_stride) {
    _Alignas(64) int32_t sums[GEMM_TOKENS * TILE];
    _Alignas(64) float halves[2][GEMM_TOKENS * TILE];
    struct geometry g = geometry_of(w);
    uint8_t *strips[2] = {scratch, (uint8_t *)scratch + lutra_ternary_scratch_bytes(w)};
    int32_t shaped = 0;
    for (int32_t tile = from; tile < to; tile++) {
        const int32_t tiles[2] = {tile, tile + g.tiles / 2};
        int32_t quads = 0;
        for (int32_t h = 0; h < 2; h++) quads = unpack_strip(&g, tiles[h], 0, g.blocks, strips[h]);
        for (int32_t t = 0, n; t < tokens; t += n) {
            n = smaller(lutra_ops.gemm_tokens, tokens - t);
            shaped = shape(shaped, n);
            for (int32_t h = 0; h < 2; h++) {
                start(w, x_sums + t, n, sums);
                multiply(w, strips[h], x + t * x_stride, x_stride, quads, n, sums);
                lutra_ops.finish_tile(sums, w->row_scales + tiles[h] * TILE, x_scales + t, n, TILE, halves[h], TILE);
            }
            for (int32_t j = 0; j < n; j++)
                lutra_ops.gate(
                        activation, halves[0] + j * TILE, halves[1] + j * TILE, TILE, y + (t + j) * y_stride + tile * TILE);
        }
    }
    shape(shaped, 0);
}
