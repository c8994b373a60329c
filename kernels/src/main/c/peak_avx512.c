/* As AVX2, on vectors of 64 bytes. */
#include <immintrin.h>

#include "peak.h"

int64_t lutra_peak_avx512(int64_t rounds) {
    const __m512i a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(-1), ones = _mm512_set1_epi16(1);
    __m512i words;
#define SUM(i) __m512i acc##i = _mm512_setzero_si512();
    PEAK_EACH(SUM)
    for (int64_t r = 0; r < rounds; r++) {
#define STEP(i) \
        words = _mm512_maddubs_epi16(a, b); \
        PEAK_KEEP(words, "+v"); \
        acc##i = _mm512_add_epi32(acc##i, _mm512_madd_epi16(words, ones)); \
        PEAK_KEEP(acc##i, "+v");
        PEAK_EACH(STEP)
    }
    return rounds * PEAK_SUMS * 64;
}
