/*
 * NEON: "quint" is looked up with tbl, 64 of its 128 bytes at a time; the high half is reached by tbx, which leaves what is out of range.
 */
#include <arm_neon.h>
#include <string.h>

#include "lutra_ops.h"

/* One activation more: sums of n combinations become 3 n, those with -x first. */
static inline void extend(const int16_t *sums, int32_t n, int16_t x, int16_t *to) {
    for (int32_t i = 0; i < n; i++) {
        to[i] = (int16_t)(sums[i] - x);
        to[n + i] = sums[i];
        to[2 * n + i] = (int16_t)(sums[i] + x);
    }
}

/* The 81 sums of the last four activations, in order, make the 122 of which the first trit is 0 or 1. */
static void tables_quint(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    uint8_t *to = (uint8_t *)tables + (size_t)b->step * QUINT_TABLE;
    x += b->column;
    for (int32_t k = 0; k < b->columns; k += 5, to += QUINT_TABLE) {
        int8_t five[5] = {0};
        memcpy(five, x + k, smaller(5, b->columns - k));
        const int16_t one[3] = {(int16_t)-five[4], 0, five[4]};
        int16_t two[9], three[27], four[81], sums[128] = {0};
        extend(one, 3, five[3], two);
        extend(two, 9, five[2], three);
        extend(three, 27, five[1], four);
        memcpy(sums, four + 40, 41 * sizeof *sums);
        for (int32_t i = 0; i < 81; i++) sums[41 + i] = (int16_t)(four[i] + five[0]);
        for (int32_t i = 0; i < 128; i += 16) {
            const int8x16_t first = vreinterpretq_s8_s16(vld1q_s16(sums + i)), last = vreinterpretq_s8_s16(vld1q_s16(sums + i + 8));
            vst1q_s8((int8_t *)to + i, vuzp1q_s8(first, last));
            vst1q_s8((int8_t *)to + 128 + i, vuzp2q_s8(first, last));
        }
    }
}

struct table {
    uint8x16x4_t low[2], high[2]; /* low and high bytes of magnitudes 0-63 and 64-127 */
};

static inline uint8x16_t look_up(const uint8x16x4_t half[2], uint8x16_t index) {
    return vqtbx4q_u8(vqtbl4q_u8(half[0], index), half[1], vsubq_u8(index, vdupq_n_u8(64)));
}

static void gemv_quint(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    static const int32_t worth[3] = {1, 3, 9};
    for (int32_t t = 0; t < tiles; t++, sums += TILE) {
        const struct lanes lanes = lanes_at(g, b, tile + t);
        const uint8_t *scales = scales_at(g, b->group, tile + t);
        for (int32_t d = 0; d < g->w->digits; d++) {
            int16x8_t acc[8];
            for (int32_t i = 0; i < 8; i++) acc[i] = vdupq_n_s16(0);
            const uint8_t *at = lanes.at + d * TILE, *table = (const uint8_t *)tables + (size_t)b->step * QUINT_TABLE;
            for (int32_t s = 0; s < b->steps; s++, at += lanes.stride, table += QUINT_TABLE) {
                struct table entries;
                for (int32_t h = 0; h < 2; h++) {
                    entries.low[h] = vld1q_u8_x4(table + 64 * h);
                    entries.high[h] = vld1q_u8_x4(table + 128 + 64 * h);
                }
                for (int32_t i = 0; i < 4; i++) {
                    uint8x16_t v = vld1q_u8(at + 16 * i), index = vandq_u8(v, vdupq_n_u8(127));
                    uint8x16_t sign = vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(v), 7));
                    uint8x16_t low = veorq_u8(look_up(entries.low, index), sign);
                    uint8x16_t high = veorq_u8(look_up(entries.high, index), sign);
                    acc[2 * i] = vaddq_s16(acc[2 * i], vreinterpretq_s16_u8(vzip1q_u8(low, high)));
                    acc[2 * i + 1] = vaddq_s16(acc[2 * i + 1], vreinterpretq_s16_u8(vzip2q_u8(low, high)));
                }
            }
            for (int32_t p = 0; p < TILE; p++) {
                int16_t words[8];
                vst1q_s16(words, acc[p / 8]);
                int32_t row = byte_row(p);
                sums[row] += (scales ? scales[row] : 1) * worth[d] * words[p % 8];
            }
        }
    }
}

/* 4 rows at a time: products of four columns in int16, added in pairs. A byte of the strip less its offset fits int8. */
static void gemm(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    const uint8x16_t offset = vdupq_n_u8(STRIP_OFFSET);
    for (int32_t t = 0; t < tokens; t++, x += x_stride, sums += TILE) {
        int32_t x_sum = 0; /* the driver has taken 128 * sum(x) off for unsigned weights */
        for (int32_t i = 0; i < 4 * quads; i++) x_sum += x[i];
        for (int32_t row = 0; row < TILE; row += 4) {
            int32x4_t even = vdupq_n_s32(0), odd = even;
            for (int32_t q = 0; q < quads; q++) {
                int8x16_t v = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(strip + (q * TILE + row) * 4), offset));
                int32_t four;
                memcpy(&four, x + 4 * q, 4);
                int8x16_t columns = vreinterpretq_s8_s32(vdupq_n_s32(four));
                even = vpadalq_s16(even, vmull_s8(vget_low_s8(v), vget_low_s8(columns)));
                odd = vpadalq_s16(odd, vmull_high_s8(v, columns));
            }
            int32x4_t sum = vaddq_s32(vpaddq_s32(even, odd), vdupq_n_s32(STRIP_OFFSET * x_sum));
            vst1q_s32(sums + row, vaddq_s32(vld1q_s32(sums + row), sum));
        }
    }
}

void lutra_install_neon(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << QUINT;
    ops->tables[QUINT] = tables_quint;
    ops->gemv[QUINT] = gemv_quint;
    ops->gemm = gemm;
    lutra_install_lookup_neon(ops);
    lutra_install_block_neon(ops);
    lutra_install_elementwise_neon(ops);
    lutra_install_attention_neon(ops);
}
