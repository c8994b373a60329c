/* NEON without dot product: two long multiplications and a pairwise addition for 16 multiply-adds. */
#include <arm_neon.h>

#include "peak.h"

int64_t lutra_peak_neon(int64_t rounds) {
    const int8x16_t a = vdupq_n_s8(1), b = vdupq_n_s8(-1);
    int16x8_t words;
#define SUM(i) int32x4_t acc##i = vdupq_n_s32(0);
    PEAK_EACH(SUM)
    for (int64_t r = 0; r < rounds; r++) {
#define STEP(i) \
        words = vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b); \
        PEAK_KEEP(words, "+w"); \
        acc##i = vpadalq_s16(acc##i, words); \
        PEAK_KEEP(acc##i, "+w");
        PEAK_EACH(STEP)
    }
    return rounds * PEAK_SUMS * 16;
}
