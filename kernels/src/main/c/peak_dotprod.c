/* sdot: 16 multiply-adds in one instruction. */
#include <arm_neon.h>

#include "peak.h"

int64_t lutra_peak_dotprod(int64_t rounds) {
    const int8x16_t a = vdupq_n_s8(1), b = vdupq_n_s8(-1);
#define SUM(i) int32x4_t acc##i = vdupq_n_s32(0);
    PEAK_EACH(SUM)
    for (int64_t r = 0; r < rounds; r++) {
#define STEP(i) \
        acc##i = vdotq_s32(acc##i, a, b); \
        PEAK_KEEP(acc##i, "+w");
        PEAK_EACH(STEP)
    }
    return rounds * PEAK_SUMS * 16;
}
