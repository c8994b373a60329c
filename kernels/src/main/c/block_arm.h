/*
 * Weights in blocks with NEON. The including file defines
 *
 *   int32x4_t dots(int32x4_t sum, int8x16_t a, int8x16_t b): each dword adds the products of its four bytes
 */
#include <arm_neon.h>

#include "block_types.h"

static inline uint8x16_t low_nibbles(uint8x16_t v) { return vandq_u8(v, vdupq_n_u8(15)); }

static inline uint8x16_t high_nibbles(uint8x16_t v) { return vshrq_n_u8(v, 4); }

static inline int8x16_t less(uint8x16_t v, int8_t offset) { return vsubq_s8(vreinterpretq_s8_u8(v), vdupq_n_s8(offset)); }

/* Levels 32 i + 16 half and the 15 that follow, without their offset. */
static inline __attribute__((always_inline)) int8x16_t levels_of(int32_t type, const uint8_t *block, int32_t i, int32_t half) {
    if (type == Q8_0) return vreinterpretq_s8_u8(vld1q_u8(block + 2 + 16 * half));
    if (type == Q4_0) {
        const uint8x16_t packed = vld1q_u8(block + 2);
        return less(half ? high_nibbles(packed) : low_nibbles(packed), 8);
    }
    if (type == Q4_K) {
        const uint8x16_t packed = vld1q_u8(block + 16 + i / 2 * 32 + 16 * half);
        return vreinterpretq_s8_u8(i % 2 ? high_nibbles(packed) : low_nibbles(packed));
    }
    const uint8x16_t low = vld1q_u8(block + i / 4 * 64 + i % 2 * 32 + 16 * half);
    const uint8x16_t high = vld1q_u8(block + 128 + i / 4 * 32 + 16 * half);
    const uint8x16_t top = vandq_u8(vshlq_u8(high, vdupq_n_s8((int8_t)(-2 * (i % 4)))), vdupq_n_u8(3));
    return less(vorrq_u8(i % 4 < 2 ? low_nibbles(low) : high_nibbles(low), vshlq_n_u8(top, 4)), 32);
}

/* One float16 of each of four rows. */
static inline float32x4_t row_factors(const uint8_t *const rows[4], size_t at) {
    const uint16_t four[4] = {half_at(rows[0] + at), half_at(rows[1] + at), half_at(rows[2] + at), half_at(rows[3] + at)};
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(four)));
}

/* Scales of the sub-blocks of one block of four rows. */
struct row_scales {
    float scales[MOST_SUBS][4], mins[MOST_SUBS][4];
};

static inline __attribute__((always_inline)) void scales_of(
        int32_t type, const uint8_t *const rows[4], size_t at, struct row_scales *to) {
    if (type == Q4_0 || type == Q8_0) {
        vst1q_f32(to->scales[0], row_factors(rows, at));
        return;
    }
    for (int32_t r = 0; r < 4; r++) {
        const uint8_t *block = rows[r] + at;
        if (type == Q4_K) {
            const float d = half_to_float(half_at(block)), least = half_to_float(half_at(block + 2));
            uint8_t scales[8], mins[8];
            block_six_bits(block + 4, scales, mins);
            for (int32_t s = 0; s < 8; s++) {
                to->scales[s][r] = d * scales[s];
                to->mins[s][r] = least * mins[s];
            }
        } else {
            const float d = half_to_float(half_at(block + 208));
            for (int32_t s = 0; s < 16; s++) to->scales[s][r] = d * (int8_t)block[192 + s];
        }
    }
}

static inline float32x4_t sums_of_rows(const int32x4_t sum[4]) {
    return vcvtq_f32_s32(vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3])));
}

/* Each row adds up its sub-blocks in one lane as gemm does. */
static inline __attribute__((always_inline)) float32x4_t four_rows(
        int32_t type, const uint8_t *const rows[4], int32_t columns, struct block_x x) {
    const struct block_format format = block_format(type);
    struct row_scales parts;
    float32x4_t acc = vdupq_n_f32(0);
    size_t at = 0;
    for (int32_t first = 0; first < columns; first += format.columns, at += format.bytes) {
        scales_of(type, rows, at, &parts);
        for (int32_t i = 0; i < format.columns / BLOCK; i++) {
            const int32_t k = first + i * BLOCK;
            const int8x16_t x0 = vld1q_s8(x.values + k), x1 = vld1q_s8(x.values + k + PART);
            const float32x4_t x_scale = vdupq_n_f32(x.scales[k / BLOCK]);
            int32x4_t low[4], high[4];
            for (int32_t r = 0; r < 4; r++) {
                low[r] = dots(vdupq_n_s32(0), levels_of(type, rows[r] + at, i, 0), x0);
                high[r] = dots(type == Q6_K ? vdupq_n_s32(0) : low[r], levels_of(type, rows[r] + at, i, 1), x1);
            }
            if (type == Q6_K) {
                acc = vfmaq_f32(acc, sums_of_rows(low), vmulq_f32(vld1q_f32(parts.scales[2 * i]), x_scale));
                acc = vfmaq_f32(acc, sums_of_rows(high), vmulq_f32(vld1q_f32(parts.scales[2 * i + 1]), x_scale));
            } else if (type == Q4_K) {
                const float32x4_t x_sum = vdupq_n_f32((float)(x.sums[k / PART] + x.sums[k / PART + 1]));
                const float32x4_t min = vmulq_f32(vld1q_f32(parts.mins[i]), x_sum);
                const float32x4_t value = vfmaq_f32(vnegq_f32(min), sums_of_rows(high), vld1q_f32(parts.scales[i]));
                acc = vfmaq_f32(acc, value, x_scale);
            } else acc = vfmaq_f32(acc, sums_of_rows(high), vmulq_f32(vld1q_f32(parts.scales[0]), x_scale));
        }
    }
    return acc;
}

/* Memory delivers four streams faster than one: a row of each quarter goes together. */
static inline __attribute__((always_inline)) void quarters(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, struct block_x x, float *y) {
    const int32_t quarter = rows / 4;
    float out[4];
    for (int32_t r = 0; r < quarter; r++) {
        const uint8_t *p = weights + r * row_bytes, *const four[4] = {
                p, p + quarter * row_bytes, p + 2 * quarter * row_bytes, p + 3 * quarter * row_bytes};
        vst1q_f32(out, four_rows(type, four, columns, x));
        for (int32_t i = 0; i < 4; i++) y[r + i * quarter] = out[i];
    }
    for (int32_t r = 4 * quarter; r < rows; r++) {
        const uint8_t *p = weights + r * row_bytes, *const four[4] = {p, p, p, p};
        y[r] = vgetq_lane_f32(four_rows(type, four, columns, x), 0);
    }
}

static void gemv(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, struct block_x x, float *y) {
    switch (type) {
        case Q4_0: quarters(Q4_0, weights, row_bytes, rows, columns, x, y); break;
        case Q4_K: quarters(Q4_K, weights, row_bytes, rows, columns, x, y); break;
        case Q6_K: quarters(Q6_K, weights, row_bytes, rows, columns, x, y); break;
        default: quarters(Q8_0, weights, row_bytes, rows, columns, x, y); break;
    }
}

/* 8 rows of the strip from row `row` on, up to four tokens. */
static inline __attribute__((always_inline)) void eight_rows(
        const struct block_strip *strip, int32_t sub, int32_t mins, int32_t row, int32_t tokens, struct block_x x, float *y) {
    const int32_t columns = strip->columns;
    const uint8_t *levels = strip->levels + 4 * row;
    float32x4_t acc[4][2];
    for (int32_t t = 0; t < tokens; t++) acc[t][0] = acc[t][1] = vdupq_n_f32(0);
    for (int32_t k = 0; k < columns; k += sub) {
        int32x4_t sum[4][2];
        for (int32_t t = 0; t < tokens; t++) sum[t][0] = sum[t][1] = vdupq_n_s32(0);
        for (int32_t q = k; q < k + sub; q += 4, levels += 4 * TILE) {
            const uint8x16_t offset = vdupq_n_u8(STRIP_OFFSET);
            const int8x16_t w0 = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(levels), offset));
            const int8x16_t w1 = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(levels + 16), offset));
            for (int32_t t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, x.values + (size_t)t * columns + q, 4);
                const int8x16_t v = vreinterpretq_s8_s32(vdupq_n_s32(four));
                sum[t][0] = dots(sum[t][0], w0, v);
                sum[t][1] = dots(sum[t][1], w1, v);
            }
        }
        for (int32_t t = 0; t < tokens; t++)
            for (int32_t i = 0; i < 2; i++) {
                const size_t at = (size_t)t * columns + k;
                const int32_t scale_at = k / sub * TILE + row + 4 * i;
                const float32x4_t exact = vcvtq_f32_s32(sum[t][i]), x_scale = vdupq_n_f32(x.scales[at / BLOCK]);
                const float32x4_t scale = vld1q_f32(strip->scales + scale_at);
                if (mins) {
                    const float32x4_t x_sum = vdupq_n_f32((float)(x.sums[at / PART] + x.sums[at / PART + 1]));
                    const float32x4_t min = vmulq_f32(vld1q_f32(strip->mins + scale_at), x_sum);
                    acc[t][i] = vfmaq_f32(acc[t][i], vfmaq_f32(vnegq_f32(min), exact, scale), x_scale);
                } else acc[t][i] = vfmaq_f32(acc[t][i], exact, vmulq_f32(scale, x_scale));
            }
    }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 2; i++) vst1q_f32(y + t * TILE + row + 4 * i, acc[t][i]);
}

static inline __attribute__((always_inline)) void all_tokens(
        const struct block_strip *strip, int32_t sub, int32_t mins, int32_t tokens, struct block_x x, float *y) {
    for (; tokens >= 4; tokens -= 4, x = block_x_next(x, strip->columns, 4), y += 4 * TILE)
        for (int32_t row = 0; row < TILE; row += 8) eight_rows(strip, sub, mins, row, 4, x, y);
    for (; tokens > 0; tokens--, x = block_x_next(x, strip->columns, 1), y += TILE)
        for (int32_t row = 0; row < TILE; row += 8) eight_rows(strip, sub, mins, row, 1, x, y);
}

static void gemm(const struct block_strip *strip, int32_t tokens, struct block_x x, float *y) {
    if (strip->sub == PART) all_tokens(strip, PART, 0, tokens, x, y);
    else if (strip->mins) all_tokens(strip, BLOCK, 1, tokens, x, y);
    else all_tokens(strip, BLOCK, 0, tokens, x, y);
}
