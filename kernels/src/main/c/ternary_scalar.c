/* Ternary kernels in plain C: the specification of every other set, and the packer. */
#include <string.h>

#include "lutra_ops.h"

/* Digit number `digit`, most significant first, of a value in balanced ternary. */
static inline int32_t balanced_digit(int32_t value, int32_t digit, int32_t digits) {
    static const uint32_t powers[] = {1, 3, 9, 27, 81, 243};
    const uint32_t ones = powers[digits] / 2; /* 1 in every place: it turns trits into digits 0, 1 and 2 */
    return (int32_t)(((uint32_t)value + ones) / powers[digits - 1 - digit] % 3) - 1;
}

/* The sum of every combination of n trits with x: entry i of 3^n counts in ternary, first activation most significant. */
static int32_t combination(int32_t value, const int8_t *x, int32_t n, int32_t valid) {
    int32_t sum = 0;
    for (int32_t i = 0; i < n && i < valid; i++) sum += balanced_digit(value, i, n) * x[i];
    return sum;
}

static void tables_five(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    int16_t *to = (int16_t *)((uint8_t *)tables + (size_t)b->step * FIVE_TABLE);
    for (int32_t triple = 0; triple < 3 * b->steps; triple++)
        for (int32_t i = 0; i < 32; i++)
            to[triple * 32 + i] =
                    (int16_t)(i < 27 ? combination(i - 13, x + b->column + 3 * triple, 3, b->columns - 3 * triple) : 0);
}

static void tables_quint(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    uint8_t *to = (uint8_t *)tables + (size_t)b->step * QUINT_TABLE;
    for (int32_t step = 0; step < b->steps; step++, to += QUINT_TABLE)
        for (int32_t i = 0; i < 128; i++) {
            int32_t sum = i < 122 ? combination(i, x + b->column + 5 * step, 5, b->columns - 5 * step) : 0;
            to[i] = (uint8_t)sum;
            to[128 + i] = (uint8_t)(sum >> 8);
        }
}

static void tables_triple(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    int8_t *to = (int8_t *)tables + (size_t)b->step * TRIPLE_TABLE;
    for (int32_t triple = 0; triple < 8 * b->steps; triple++, to += 32) {
        int8_t low[3] = {0}, high[3] = {0};
        for (int32_t i = 0; i < 3 && 3 * triple + i < b->columns; i++) {
            low[i] = (int8_t)low_part(x[b->column + 3 * triple + i]);
            high[i] = (int8_t)high_part(x[b->column + 3 * triple + i]);
        }
        for (int32_t i = 0; i < 16; i++) {
            to[i] = (int8_t)(i < 14 ? combination(i, low, 3, 3) : 0);
            to[16 + i] = (int8_t)(i < 14 ? combination(i, high, 3, 3) : 0);
        }
    }
}

/* The activations in steps, then one int32 sum per block. */
static void tables_codes(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    int32_t sum = 0;
    int8_t *to = (int8_t *)tables + (size_t)b->step * g->unit;
    memset(to, 0, (size_t)b->steps * g->unit);
    memcpy(to, x + b->column, b->columns);
    for (int32_t i = 0; i < b->columns; i++) sum += x[b->column + i];
    codes_sums(g, tables)[b->index] = sum;
}

/* The dot product of the digits of row p (a lane) of a step with the step's tables. */
static int32_t step_five(const uint8_t *lanes, int32_t lane, const uint8_t *tables) {
    uint16_t v;
    memcpy(&v, lanes + 2 * lane, 2);
    int32_t sum = 0;
    for (int32_t i = 0; i < 3; i++) {
        int16_t entry;
        memcpy(&entry, tables + 64 * i + 2 * (v >> 5 * i & 31), 2);
        sum += entry;
    }
    return sum;
}

static int32_t step_quint(const uint8_t *lanes, int32_t lane, const uint8_t *tables) {
    uint8_t v = lanes[lane];
    int32_t sum = (int16_t)(tables[v & 127] | tables[128 + (v & 127)] << 8);
    return v & 128 ? ~sum : sum; /* the header of the panel makes up for it */
}

/* Triple number i of a step of "triple": its magnitude, and whether it is negative. */
static inline int32_t triple_index(const uint8_t *lanes, int32_t lane, int32_t i) {
    return lanes[i / 2 * TILE + lane] >> i % 2 * 4 & 15;
}

static inline int triple_negative(const uint8_t *lanes, int32_t lane, int32_t i) {
    return lanes[TRIPLE_SIGNS + lane] >> (7 - i) & 1;
}

static int32_t step_triple(const uint8_t *lanes, int32_t lane, const uint8_t *tables) {
    int32_t sum = 0;
    for (int32_t i = 0; i < 8; i++) {
        const int8_t *entry = (const int8_t *)tables + 32 * i + triple_index(lanes, lane, i);
        int32_t value = entry[0] + 16 * entry[16];
        sum += triple_negative(lanes, lane, i) ? -value : value;
    }
    return sum;
}

static void gemv_tables(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    static const int32_t worth[3] = {1, 3, 9};
    int32_t (*const step)(const uint8_t *, int32_t, const uint8_t *) =
            g->w->layout == FIVE ? step_five : g->w->layout == QUINT ? step_quint : step_triple;
    for (int32_t t = 0; t < tiles; t++, sums += TILE) {
        const struct lanes lanes = lanes_at(g, b, tile + t);
        const uint8_t *scales = scales_at(g, b->group, tile + t);
        for (int32_t s = 0; s < b->steps; s++)
            for (int32_t d = 0; d < g->w->digits; d++) {
                const uint8_t *digit = lanes.at + s * lanes.stride + d * digit_bytes(g->w->layout);
                const uint8_t *table = (const uint8_t *)tables + (size_t)(b->step + s) * table_bytes(g->w->layout);
                for (int32_t lane = 0; lane < TILE; lane++) {
                    int32_t row = lane_row(g->w->layout, lane), m = scales ? scales[row] : 1;
                    sums[row] += m * worth[d] * step(digit, lane, table);
                }
            }
    }
}

/* Column c of row r in a step of "codes", as a level. */
static inline int32_t code_level(const uint8_t *step, int32_t row, int32_t c, int32_t digits) {
    int32_t bits = digits == 1 ? 2 : digits == 2 ? 4 : 8, center = digits == 1 ? 1 : digits == 2 ? 4 : 13;
    return (step[4 * row + c % 4] >> c / 4 * bits & ((1 << bits) - 1)) - center;
}

static void gemv_codes(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    const int8_t *x = (const int8_t *)tables + (size_t)b->step * g->unit;
    for (int32_t t = 0; t < tiles; t++) {
        const struct lanes lanes = lanes_at(g, b, tile + t);
        const uint8_t *scales = scales_at(g, b->group, tile + t);
        for (int32_t row = 0; row < TILE; row++) {
            int32_t sum = 0;
            for (int32_t c = 0; c < b->steps * g->unit; c++)
                sum += code_level(lanes.at + c / g->unit * lanes.stride, row, c % g->unit, g->w->digits) * x[c];
            sums[t * TILE + row] += (scales ? scales[row] : 1) * sum;
        }
    }
}

/* Trit number c of a step: which digit of which field of a lane. */
static int32_t lane_trit(int32_t layout, const uint8_t *lanes, int32_t lane, int32_t c) {
    if (layout == QUINT) {
        int32_t v = lanes[lane], trit = balanced_digit(v & 127, c, 5);
        return v & 128 ? -trit : trit;
    }
    if (layout == TRIPLE) {
        int32_t trit = balanced_digit(triple_index(lanes, lane, c / 3), c % 3, 3);
        return triple_negative(lanes, lane, c / 3) ? -trit : trit;
    }
    uint16_t v;
    memcpy(&v, lanes + 2 * lane, 2);
    return balanced_digit((v >> c / 3 * 5 & 31) - 13, c % 3, 3);
}

static void unpack_lanes(
        const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    const struct lanes lanes = lanes_at(g, b, tile);
    const uint8_t *scales = scales_at(g, b->group, tile);
    int32_t layout = g->w->layout;
    for (int32_t c = 0; c < b->columns; c++) {
        const uint8_t *step = lanes.at + c / g->unit * lanes.stride;
        for (int32_t p = 0; p < TILE; p++) {
            int32_t row = byte_row(p), lane = layout == FIVE ? row / 32 * 32 + p / 16 * 8 + p % 8 : p, level = 0;
            for (int32_t d = g->w->digits - 1; d >= 0; d--)
                level = 3 * level + lane_trit(layout, step + d * digit_bytes(layout), lane, c % g->unit);
            strip[(size_t)(b->column - first + c) * TILE + p] = (uint8_t)((scales ? scales[row] : 1) * level);
        }
    }
}

static void unpack_codes(
        const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    const struct lanes lanes = lanes_at(g, b, tile);
    const uint8_t *scales = scales_at(g, b->group, tile);
    for (int32_t c = 0; c < b->columns; c++) {
        const uint8_t *step = lanes.at + c / g->unit * lanes.stride;
        size_t at = b->column - first + c;
        for (int32_t row = 0; row < TILE; row++)
            strip[at / 4 * 4 * TILE + 4 * row + at % 4] = (uint8_t)(
                    (scales ? scales[row] : 1) * code_level(step, row, c % g->unit, g->w->digits) + STRIP_OFFSET);
    }
}

static void interleave(uint8_t *strip, int32_t quads) {
    uint8_t columns[4][TILE];
    for (int32_t q = 0; q < quads; q++, strip += sizeof columns) {
        memcpy(columns, strip, sizeof columns);
        for (int32_t p = 0; p < TILE; p++)
            for (int32_t c = 0; c < 4; c++) strip[4 * byte_row(p) + c] = (uint8_t)(columns[c][p] + STRIP_OFFSET);
    }
}

static void start(const int32_t *x_sums, int32_t offset, int32_t tokens, int32_t *sums) {
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t r = 0; r < TILE; r++) sums[t * TILE + r] = -offset * x_sums[t];
}

static void gemm(
        const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t q = 0; q < quads; q++)
            for (int32_t row = 0; row < TILE; row++)
                for (int32_t c = 0; c < 4; c++)
                    sums[t * TILE + row] += strip[(q * TILE + row) * 4 + c] * x[t * x_stride + 4 * q + c];
}

static void finish(const int32_t *sums, const float *row_scales, float x_scale, int32_t n, float *y) {
    for (int32_t i = 0; i < n; i++) y[i] = (float)sums[i] * (row_scales[i] / x_scale);
}

static void finish_tile(
        const int32_t *sums, const float *row_scales, const float *x_scales, int32_t tokens, int32_t n, float *y, int64_t y_stride) {
    for (int32_t t = 0; t < tokens; t++) lutra_ops.finish(sums + t * TILE, row_scales, x_scales[t], n, y + t * y_stride);
}

void lutra_install_scalar(struct lutra_ops *ops) {
    *ops = (struct lutra_ops){
            .tables = {[FIVE] = tables_five, [QUINT] = tables_quint, [CODES] = tables_codes, [TRIPLE] = tables_triple},
            .gemv = {[FIVE] = gemv_tables, [QUINT] = gemv_tables, [CODES] = gemv_codes, [TRIPLE] = gemv_tables},
            .unpack = {[FIVE] = unpack_lanes, [QUINT] = unpack_lanes, [CODES] = unpack_codes, [TRIPLE] = unpack_lanes},
            .interleave = interleave,
            .start = start,
            .gemm = gemm,
            .gemm_tokens = GEMM_TOKENS,
            .finish = finish,
            .finish_tile = finish_tile,
    };
    lutra_install_block_scalar(ops);
    lutra_install_dense_scalar(ops);
    lutra_install_elementwise_scalar(ops);
    lutra_install_attention_scalar(ops);
}
