/* The public ternary functions: they cut work into tiles, blocks and tokens, the active table does it. */
#include <string.h>

#include "lutra_ops.h"

/* 256 KiB of strip stay in the second-level cache beside the activations of a call. */
enum { STRIP_COLUMNS = 4096 };

int64_t lutra_ternary_struct_bytes(void) { return sizeof(struct lutra_ternary); }

int64_t lutra_ternary_weight_bytes(const struct lutra_ternary *w) { return (int64_t)tiles_of(w) * tile_bytes(w); }

int64_t lutra_ternary_scale_bytes(const struct lutra_ternary *w) {
    return w->group > 0 ? (int64_t)tiles_of(w) * groups_of(w) * TILE : 0;
}

int64_t lutra_ternary_table_bytes(const struct lutra_ternary *w) {
    if (w->layout == CODES) return (uint8_t *)(codes_sums(w, NULL) + blocks_of(w)) - (uint8_t *)NULL;
    return (int64_t)steps_of(w) * (w->layout == FIVE ? FIVE_TABLE : QUINT_TABLE);
}

int32_t lutra_ternary_blocks(const struct lutra_ternary *w) { return blocks_of(w); }

int32_t lutra_ternary_layouts(int32_t digits) {
    (void)digits;
    return lutra_ops.fast_layouts;
}

/* The trits of one digit of one row in a step: n columns, the rest zero. */
static void pack_lane(int32_t layout, const int8_t *trits, int32_t n, uint8_t *lane) {
    int8_t t[9] = {0};
    memcpy(t, trits, n);
    if (layout == QUINT) {
        int32_t v = 81 * t[0] + 27 * t[1] + 9 * t[2] + 3 * t[3] + t[4];
        *lane = (uint8_t)(v < 0 ? 128 | -v : v);
    } else {
        uint16_t v = 0;
        for (int32_t i = 0; i < 3; i++)
            v = (uint16_t)(v | (9 * t[3 * i] + 3 * t[3 * i + 1] + t[3 * i + 2] + 13) << 5 * i);
        memcpy(lane, &v, 2);
    }
}

static void pack_codes(
        const struct lutra_ternary *w, const int8_t *trits, int64_t plane, int32_t n, uint8_t *lane) {
    int32_t unit = step_columns(CODES, w->digits), bits = w->digits == 1 ? 2 : w->digits == 2 ? 4 : 8;
    int32_t center = w->digits == 1 ? 1 : w->digits == 2 ? 4 : 13;
    uint8_t out[4] = {0};
    for (int32_t c = 0; c < unit; c++) {
        int32_t level = 0;
        for (int32_t d = w->digits - 1; d >= 0 && c < n; d--) level = 3 * level + trits[d * plane + c];
        out[c % 4] = (uint8_t)(out[c % 4] | (level + center) << c / 4 * bits);
    }
    memcpy(lane, out, 4);
}

/* n columns from `column` on, into a step of all 64 lanes. */
static void pack_step(
        const struct lutra_ternary *w, const struct lutra_ternary_row *rows, int32_t column, int32_t n, uint8_t *to) {
    static const int8_t nothing[1];
    int32_t bytes = lane_bytes(w->layout), digits = w->layout == CODES ? 1 : w->digits;
    for (int32_t lane = 0; lane < TILE; lane++) {
        const struct lutra_ternary_row *row = rows + lane_row(w->layout, lane);
        const int8_t *trits = row->trits ? row->trits + column : nothing;
        int32_t valid = row->trits ? n : 0;
        for (int32_t d = 0; d < digits; d++) {
            uint8_t *at = to + (d * TILE + lane) * bytes;
            if (w->layout == CODES) pack_codes(w, trits, row->plane, valid, at);
            else pack_lane(w->layout, trits + (valid ? d * row->plane : 0), valid, at);
        }
    }
}

static void pack_scales(const struct lutra_ternary *w, const struct lutra_ternary_row *rows, int32_t tile) {
    int32_t groups = groups_of(w);
    uint8_t *scales = w->group_scales + (size_t)tile * groups * TILE;
    for (int32_t g = 0; g < groups; g++)
        for (int32_t i = 0; i < TILE; i++) scales[g * TILE + i] = rows[i].trits && rows[i].m ? rows[i].m[g] : 1;
}

/* The header of a tile of "quint": m times the digit's worth, summed over the negative entries of each row. */
static void pack_header(const struct lutra_ternary *w, int32_t tile) {
    static const int32_t worth[3] = {1, 3, 9};
    int32_t sums[TILE] = {0};
    const uint8_t *scales = tile_scales(w, tile), *lanes = tile_weights(w, tile);
    for (int32_t i = 0, blocks = blocks_of(w); i < blocks; i++) {
        struct block b = block_at(w, i);
        for (int32_t s = 0; s < b.steps; s++)
            for (int32_t d = 0; d < w->digits; d++, lanes += TILE)
                for (int32_t p = 0; p < TILE; p++) {
                    int32_t row = byte_row(p);
                    sums[row] += (lanes[p] >> 7) * worth[d] * (scales ? scales[b.group * TILE + row] : 1);
                }
    }
    memcpy(tile_header(w, tile), sums, sizeof sums);
}

void lutra_ternary_pack(const struct lutra_ternary *w, const struct lutra_ternary_row *rows, int32_t tile) {
    int32_t unit = step_columns(w->layout, w->digits), blocks = blocks_of(w);
    uint8_t *weights = tile_weights(w, tile);
    for (int32_t i = 0; i < blocks; i++) {
        struct block b = block_at(w, i);
        for (int32_t s = 0; s < b.steps; s++, weights += step_bytes(w)) {
            int32_t c = s * unit, n = b.columns - c < unit ? b.columns - c : unit;
            pack_step(w, rows, b.column + c, n, weights);
        }
    }
    if (w->group_scales) pack_scales(w, rows, tile);
    if (w->layout == QUINT) pack_header(w, tile);
}

void lutra_ternary_tables(const struct lutra_ternary *w, const int8_t *x, int32_t from, int32_t to, void *tables) {
    for (int32_t i = from; i < to; i++) lutra_ops.tables[w->layout](w, block_at(w, i), x, tables);
}

/* Rows of w from the first of tile on, at most n. */
static int32_t rows_from(const struct lutra_ternary *w, int32_t tile, int32_t n) {
    int32_t left = w->rows - tile * TILE;
    return left < n ? left : n;
}

/* The last word on the sums of n rows, wherever they are stored. */
static void put(const struct lutra_ternary *w, const int32_t *sums, int32_t row, int32_t n, float x_scale, int32_t *y) {
    if (x_scale == 0) memcpy(y, sums, n * sizeof *y);
    else lutra_ops.finish(sums, w->row_scales + row, x_scale, n, (float *)y);
}

void lutra_ternary_gemv(
        const struct lutra_ternary *w, const void *tables, float x_scale, int32_t from, int32_t to, void *y) {
    _Alignas(64) int32_t sums[GEMV_TILES * TILE];
    for (int32_t tile = from; tile < to; tile += GEMV_TILES) {
        int32_t tiles = to - tile < GEMV_TILES ? to - tile : GEMV_TILES;
        lutra_ops.gemv[w->layout](w, tables, tile, tiles, sums);
        put(w, sums, tile * TILE, rows_from(w, tile, tiles * TILE), x_scale, (int32_t *)y + tile * TILE);
    }
}

/* The block after the last one of a strip that begins with block i: whole blocks, a multiple of four columns, STRIP_COLUMNS or little more. */
static int32_t strip_end(const struct lutra_ternary *w, int32_t i, int32_t blocks) {
    int32_t first = block_at(w, i).column;
    for (i++; i < blocks; i++) {
        int32_t columns = block_at(w, i).column - first;
        if (columns >= STRIP_COLUMNS && columns % 4 == 0) break;
    }
    return i;
}

static int32_t end_column(const struct lutra_ternary *w, int32_t block) {
    struct block b = block_at(w, block - 1);
    return b.column + b.columns;
}

int64_t lutra_ternary_scratch_bytes(const struct lutra_ternary *w) {
    int32_t blocks = blocks_of(w), most = 0;
    for (int32_t i = 0, next; i < blocks; i = next) {
        next = strip_end(w, i, blocks);
        int32_t columns = end_column(w, next) - block_at(w, i).column;
        if (columns > most) most = columns;
    }
    return (int64_t)ceil_div(most, 4) * 4 * TILE;
}

/* Decodes blocks [from, to) of a tile; returns the strip's groups of four columns, the last filled up with zeros. */
static int32_t unpack_strip(const struct lutra_ternary *w, int32_t tile, int32_t from, int32_t to, uint8_t *strip) {
    int32_t first = block_at(w, from).column, columns = end_column(w, to) - first;
    int32_t quads = ceil_div(columns, 4);
    memset(strip + (size_t)(quads - 1) * 4 * TILE, w->layout == CODES ? STRIP_OFFSET : 0, 4 * TILE);
    for (int32_t i = from; i < to; i++) lutra_ops.unpack[w->layout](w, tile, block_at(w, i), first, strip);
    if (w->layout != CODES) lutra_ops.interleave(strip, quads);
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
    int32_t blocks = blocks_of(w);
    for (int32_t tile = from; tile < to; tile++) {
        int32_t rows = rows_from(w, tile, TILE);
        for (int32_t i = 0, next; i < blocks; i = next) {
            next = strip_end(w, i, blocks);
            int32_t first = block_at(w, i).column, quads = unpack_strip(w, tile, i, next, scratch);
            for (int32_t t = 0, n; t < tokens; t += n) {
                n = tokens - t < lutra_ops.gemm_tokens ? tokens - t : lutra_ops.gemm_tokens;
                int32_t *out = (int32_t *)y + t * y_stride + tile * TILE;
                /* Sums of earlier strips wait in y. */
                for (int32_t j = 0; j < n; j++)
                    if (i == 0)
                        for (int32_t r = 0; r < TILE; r++) sums[j * TILE + r] = -STRIP_OFFSET * x_sums[t + j];
                    else memcpy(sums + j * TILE, out + j * y_stride, rows * sizeof *sums);
                lutra_ops.gemm(scratch, x + t * x_stride + first, x_stride, quads, n, sums);
                for (int32_t j = 0; j < n; j++)
                    put(w, sums + j * TILE, tile * TILE, rows, next < blocks || !x_scales ? 0 : x_scales[t + j], out + j * y_stride);
            }
        }
    }
}
