/*
 * NEON: "triple" is looked up with tbl, 14 magnitudes of three trits in tables of 16 bytes. As with AVX2 the tables hold sums of the low
 * and of the high parts of the activations, and four triples are added up as bytes; multiplying by 1 or -1 applies a sign and adds in one
 * instruction.
 */
#include <arm_neon.h>
#include <string.h>

#include "lutra_ops.h"

/* Trit c of index i of a triple. */
static const int8_t trit_patterns[3][16] = {
        {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},
        {0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0},
        {0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0},
};

static void tables_triple(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    const int8x16_t p0 = vld1q_s8(trit_patterns[0]), p1 = vld1q_s8(trit_patterns[1]), p2 = vld1q_s8(trit_patterns[2]);
    int8_t *to = (int8_t *)tables + (size_t)b->step * TRIPLE_TABLE;
    for (int32_t k = 0; k < 24 * b->steps; k += 3, to += 32) {
        int8_t three[3] = {0};
        if (k < b->columns) memcpy(three, x + b->column + k, smaller(3, b->columns - k));
        for (int32_t part = 0; part < 2; part++) {
            int8_t v[3];
            for (int32_t i = 0; i < 3; i++) v[i] = (int8_t)(part ? high_part(three[i]) : low_part(three[i]));
            int8x16_t sum = vmulq_s8(p0, vdupq_n_s8(v[0]));
            sum = vmlaq_s8(sum, p1, vdupq_n_s8(v[1]));
            vst1q_s8(to + 16 * part, vmlaq_s8(sum, p2, vdupq_n_s8(v[2])));
        }
    }
}

/* The index of triple i of a step, 16 rows. */
static inline uint8x16_t index_of(uint8x16_t v, int32_t i) { return i % 2 ? vshrq_n_u8(v, 4) : vandq_u8(v, vdupq_n_u8(15)); }

/* 1 or -1 where bit 7 is clear or set. */
static inline int8x16_t sign_of(uint8x16_t signs) {
    return vorrq_s8(vshrq_n_s8(vreinterpretq_s8_u8(signs), 7), vdupq_n_s8(1));
}

static inline int8x16_t look_up(int8x16_t sum, const uint8_t *table, uint8x16_t index, int8x16_t sign) {
    return vmlaq_s8(sum, vreinterpretq_s8_u8(vqtbl1q_u8(vld1q_u8(table), index)), sign);
}

/* words[0] and words[1] += a step of one digit times 16 rows. */
static inline __attribute__((always_inline)) void step(int16x8_t words[2], const uint8_t *at, const uint8_t *table) {
    uint8x16_t signs = vld1q_u8(at + TRIPLE_SIGNS);
#pragma GCC unroll 2
    for (int32_t first = 0; first < 8; first += 4) {
        int8x16_t low = vdupq_n_s8(0), high = low;
#pragma GCC unroll 4
        for (int32_t i = first; i < first + 4; i++, table += 32, signs = vshlq_n_u8(signs, 1)) {
            const uint8x16_t index = index_of(vld1q_u8(at + i / 2 * TILE), i);
            low = look_up(low, table, index, sign_of(signs));
            high = look_up(high, table + 16, index, sign_of(signs));
        }
        words[0] = vmlal_s8(vaddw_s8(words[0], vget_low_s8(low)), vget_low_s8(high), vdup_n_s8(16));
        words[1] = vmlal_high_s8(vaddw_high_s8(words[1], low), high, vdupq_n_s8(16));
    }
}

/* sums += m * worth * words for four rows. */
static inline void add_rows(int32_t *sums, const uint8_t *m, int32_t worth, int16x4_t words) {
    const int32_t factors[4] = {worth * m[0], worth * m[1], worth * m[2], worth * m[3]};
    vst1q_s32(sums, vmlaq_s32(vld1q_s32(sums), vmovl_s16(words), vld1q_s32(factors)));
}

static void gemv_triple(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    static const int32_t worth[3] = {1, 3, 9};
    uint8_t ones[TILE];
    memset(ones, 1, sizeof ones);
    for (const int32_t end = tile + tiles; tile < end; tile++, sums += TILE) {
        const struct lanes lanes = lanes_at(g, b, tile);
        const uint8_t *m = g->w->group_scales ? scales_at(g, b->group, tile) : ones;
        for (int32_t d = 0; d < g->w->digits; d++)
            for (int32_t i = 0; i < TILE / 16; i++) { /* lanes of byte_row: four rows each from 4 i, 16, 32 and 48 on */
                const uint8_t *at = lanes.at + d * TRIPLE_BYTES + 16 * i;
                const uint8_t *table = (const uint8_t *)tables + (size_t)b->step * TRIPLE_TABLE;
                int16x8_t words[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
                for (int32_t s = 0; s < b->steps; s++, at += lanes.stride, table += TRIPLE_TABLE) step(words, at, table);
                for (int32_t w = 0, row = 4 * i; w < 2; w++, row += 32) {
                    add_rows(sums + row, m + row, worth[d], vget_low_s16(words[w]));
                    add_rows(sums + row + 16, m + row + 16, worth[d], vget_high_s16(words[w]));
                }
            }
    }
}

static void unpack_triple(const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    const struct lanes lanes = lanes_at(g, b, tile);
    const uint8_t *scales = scales_at(g, b->group, tile);
    int8_t m[TILE];
    for (int32_t p = 0; p < TILE; p++) m[p] = (int8_t)(scales ? scales[byte_row(p)] : 1);
    const uint8_t *at = lanes.at;
    uint8_t *to = strip + (size_t)(b->column - first) * TILE;
    for (int32_t k = 0; k < b->columns; k++, to += TILE, at += k % 24 ? 0 : lanes.stride) {
        const int32_t i = k % 24 / 3;
        const uint8x16_t pattern = vreinterpretq_u8_s8(vld1q_s8(trit_patterns[k % 3]));
        for (int32_t p = 0; p < TILE; p += 16) {
            int8x16_t level = vdupq_n_s8(0);
            for (int32_t d = g->w->digits - 1; d >= 0; d--) {
                const uint8_t *digit = at + d * TRIPLE_BYTES + p;
                const uint8x16_t signs = vshlq_u8(vld1q_u8(digit + TRIPLE_SIGNS), vdupq_n_s8((int8_t)i));
                const uint8x16_t index = index_of(vld1q_u8(digit + i / 2 * TILE), i);
                const int8x16_t trit = vreinterpretq_s8_u8(vqtbl1q_u8(pattern, index));
                level = vmlaq_s8(vmulq_s8(level, vdupq_n_s8(3)), trit, sign_of(signs));
            }
            vst1q_s8((int8_t *)to + p, vmulq_s8(level, vld1q_s8(m + p)));
        }
    }
}

static void interleave(uint8_t *strip, int32_t quads) {
    const uint8x16_t offset = vdupq_n_u8(STRIP_OFFSET);
    for (int32_t q = 0; q < quads; q++, strip += 4 * TILE)
        for (uint8_t *at = strip; at < strip + TILE; at += 16) {
            uint8x16_t c[4];
            for (int32_t i = 0; i < 4; i++) c[i] = veorq_u8(vld1q_u8(at + i * TILE), offset);
            const uint16x8_t low01 = vreinterpretq_u16_u8(vzip1q_u8(c[0], c[1]));
            const uint16x8_t low23 = vreinterpretq_u16_u8(vzip1q_u8(c[2], c[3]));
            const uint16x8_t high01 = vreinterpretq_u16_u8(vzip2q_u8(c[0], c[1]));
            const uint16x8_t high23 = vreinterpretq_u16_u8(vzip2q_u8(c[2], c[3]));
            vst1q_u8(at, vreinterpretq_u8_u16(vzip1q_u16(low01, low23)));
            vst1q_u8(at + TILE, vreinterpretq_u8_u16(vzip2q_u16(low01, low23)));
            vst1q_u8(at + 2 * TILE, vreinterpretq_u8_u16(vzip1q_u16(high01, high23)));
            vst1q_u8(at + 3 * TILE, vreinterpretq_u8_u16(vzip2q_u16(high01, high23)));
        }
}

void lutra_install_lookup_neon(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << TRIPLE;
    ops->tables[TRIPLE] = tables_triple;
    ops->gemv[TRIPLE] = gemv_triple;
    ops->unpack[TRIPLE] = unpack_triple;
    ops->interleave = interleave;
}
