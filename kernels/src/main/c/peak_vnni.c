/* vpdpbusd: 64 multiply-adds in one instruction. */
#include <immintrin.h>

#include "peak.h"

int64_t lutra_peak_vnni(int64_t rounds) {
    const __m512i a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(-1);
#define SUM(i) __m512i acc##i = _mm512_setzero_si512();
    PEAK_EACH(SUM)
    for (int64_t r = 0; r < rounds; r++) {
#define STEP(i) \
        acc##i = _mm512_dpbusd_epi32(acc##i, a, b); \
        PEAK_KEEP(acc##i, "+v");
        PEAK_EACH(STEP)
    }
    return rounds * PEAK_SUMS * 64;
}
