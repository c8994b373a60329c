/* AVX2 multiplies bytes into pairs of words, pairs of words into dwords, and adds: three instructions for 32 multiply-adds. */
#include <immintrin.h>

#include "peak.h"

int64_t lutra_peak_avx2(int64_t rounds) {
    const __m256i a = _mm256_set1_epi8(1), b = _mm256_set1_epi8(-1), ones = _mm256_set1_epi16(1);
    __m256i words;
#define SUM(i) __m256i acc##i = _mm256_setzero_si256();
    PEAK_EACH(SUM)
    for (int64_t r = 0; r < rounds; r++) {
#define STEP(i) \
        words = _mm256_maddubs_epi16(a, b); \
        PEAK_KEEP(words, "+x"); \
        acc##i = _mm256_add_epi32(acc##i, _mm256_madd_epi16(words, ones)); \
        PEAK_KEEP(acc##i, "+x");
        PEAK_EACH(STEP)
    }
    return rounds * PEAK_SUMS * 32;
}
