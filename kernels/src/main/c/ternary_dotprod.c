/*
 * ARM with dot product: sdot multiplies four columns of four rows, signed by signed, so codes are taken less their center and strips less
 * their offset.
 */
#include <arm_neon.h>
#include <string.h>

#include "lutra_ops.h"

static inline int8x16_t four_columns(const int8_t *x) {
    int32_t v;
    memcpy(&v, x, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}

static inline __attribute__((always_inline)) void codes(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t digits, int32_t *sums) {
    const int32_t bits = digits == 1 ? 2 : digits == 2 ? 4 : 8, fields = 8 / bits, unit = 4 * fields;
    const int32_t center = digits == 1 ? 1 : digits == 2 ? 4 : 13;
    const uint8_t *at = lanes_at(g, b, tile).at, *scales = scales_at(g, b->group, tile);
    const int8_t *x = (const int8_t *)tables + (size_t)b->step * unit;
    const uint8x16_t mask = vdupq_n_u8((uint8_t)((1 << bits) - 1));
    int32x4_t acc[16];
    for (int32_t i = 0; i < 16; i++) acc[i] = vdupq_n_s32(-center * codes_sums(g, tables)[b->index]);
    for (int32_t s = 0; s < b->steps; s++, at += 4 * TILE, x += unit) {
        int8x16_t four[4];
        for (int32_t f = 0; f < fields; f++) four[f] = four_columns(x + 4 * f);
#pragma GCC unroll 16
        for (int32_t i = 0; i < 16; i++) {
            uint8x16_t v = vld1q_u8(at + 16 * i);
#pragma GCC unroll 4
            for (int32_t f = 0; f < fields; f++) {
                uint8x16_t code = fields == 1 ? v : vandq_u8(vshlq_u8(v, vdupq_n_s8((int8_t)(-f * bits))), mask);
                acc[i] = vdotq_s32(acc[i], vreinterpretq_s8_u8(code), four[f]);
            }
        }
    }
    for (int32_t i = 0; i < 16; i++) {
        int32x4_t sum = acc[i];
        if (scales) {
            const int32_t m[4] = {scales[4 * i], scales[4 * i + 1], scales[4 * i + 2], scales[4 * i + 3]};
            sum = vmulq_s32(sum, vld1q_s32(m));
        }
        vst1q_s32(sums + 4 * i, vaddq_s32(vld1q_s32(sums + 4 * i), sum));
    }
}

static void gemv_codes(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    (void)tiles; /* a band is one tile */
    if (g->w->digits == 1) codes(g, b, tables, tile, 1, sums);
    else if (g->w->digits == 2) codes(g, b, tables, tile, 2, sums);
    else codes(g, b, tables, tile, 3, sums);
}

/* 16 rows by four tokens: 16 registers of sums. */
enum { TOKENS = 4, ROWS = 16 };

static inline __attribute__((always_inline)) void block(
        const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    const uint8x16_t offset = vdupq_n_u8(STRIP_OFFSET);
    int32x4_t acc[TOKENS][4];
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) acc[t][i] = vld1q_s32(sums + t * TILE + 4 * i);
    for (int32_t q = 0; q < quads; q++, strip += 4 * TILE, x += 4) {
        int8x16_t v[4];
        for (int32_t i = 0; i < 4; i++) v[i] = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(strip + 16 * i), offset));
#pragma GCC unroll 4
        for (int32_t t = 0; t < tokens; t++) {
            const int8x16_t four = four_columns(x + t * x_stride);
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++) acc[t][i] = vdotq_s32(acc[t][i], v[i], four);
        }
    }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) vst1q_s32(sums + t * TILE + 4 * i, acc[t][i]);
}

/*
 * The driver has taken 128 * sum(x) off the sums of all columns, for unsigned weights; here they are signed, so it is given back for the
 * columns of the strip.
 */
static void restore(const int8_t *x, int32_t quads, int32_t *sums) {
    int32_t sum = 0;
    for (int32_t i = 0; i < 4 * quads; i++) sum += x[i];
    for (int32_t i = 0; i < TILE; i++) sums[i] += STRIP_OFFSET * sum;
}

static void gemm(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    for (int32_t t = 0; t < tokens; t++) restore(x + t * x_stride, quads, sums + t * TILE);
    for (int32_t row = 0; row < TILE; row += ROWS) {
        const uint8_t *rows = strip + 4 * row;
        int32_t t = 0;
        for (; t + TOKENS <= tokens; t += TOKENS) block(rows, x + t * x_stride, x_stride, quads, TOKENS, sums + t * TILE + row);
        for (; t < tokens; t++) block(rows, x + t * x_stride, x_stride, quads, 1, sums + t * TILE + row);
    }
}

void lutra_install_dotprod(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << CODES;
    ops->gemv[CODES] = gemv_codes;
    ops->gemm = gemm;
    lutra_install_block_dotprod(ops);
}
