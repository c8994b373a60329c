/* What the AVX-512 kernels share: sums of digits in int16, joined with the group's scale into int32. */
#ifndef LUTRA_TERNARY_AVX512_H
#define LUTRA_TERNARY_AVX512_H

#include <immintrin.h>

#include "lutra_ops.h"

/* A line of scales for every tile of a call, of which none is near another. */
static inline void prefetch_scales(const struct geometry *g, const struct block *b, int32_t tile, int32_t tiles) {
    if (!g->w->group_scales) return;
    for (int32_t t = 0; t < tiles; t++) _mm_prefetch((const char *)scales_at(g, b->group, tile + t), _MM_HINT_T0);
}

/* The scales of 16 rows as dwords of two words, m * (first, second). */
static inline __m512i scale_pairs(const uint8_t *m, int32_t first, int32_t second) {
    __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)m));
    return _mm512_mullo_epi32(wide, _mm512_set1_epi32(second << 16 | first));
}

/*
 * sums[32 rows] += m * (d0 + 3 d1 + 9 d2). Unpacking pairs the words of two digits in a dword, vpmaddwd multiplies them by (m, 3m) and
 * adds; the lane order of the layouts makes the result come out in row order.
 */
static inline __attribute__((always_inline)) void join(
        const uint8_t *m, int32_t digits, __m512i d0, __m512i d1, __m512i d2, int32_t *sums) {
    const __m512i zero = _mm512_setzero_si512();
    for (int32_t half = 0; half < 2; half++) {
        __m512i pairs = half ? _mm512_unpackhi_epi16(d0, d1) : _mm512_unpacklo_epi16(d0, d1);
        __m512i scale = m ? scale_pairs(m + 16 * half, 1, 3) : _mm512_set1_epi32(3 << 16 | 1);
        __m512i sum = _mm512_add_epi32(_mm512_load_si512(sums + 16 * half), _mm512_madd_epi16(pairs, scale));
        if (digits == 3) {
            __m512i single = half ? _mm512_unpackhi_epi16(d2, zero) : _mm512_unpacklo_epi16(d2, zero);
            __m512i scale2 = m ? scale_pairs(m + 16 * half, 9, 0) : _mm512_set1_epi32(9);
            sum = _mm512_add_epi32(sum, _mm512_madd_epi16(single, scale2));
        }
        _mm512_store_si512(sums + 16 * half, sum);
    }
}

static inline __attribute__((always_inline)) void join_tile(
        const uint8_t *m, int32_t digits, __m512i acc[3][2], int32_t *sums) {
    const __m512i zero = _mm512_setzero_si512();
    for (int32_t h = 0; h < 2; h++)
        join(m ? m + 32 * h : NULL, digits, acc[0][h], digits > 1 ? acc[1][h] : zero, digits > 2 ? acc[2][h] : zero,
             sums + 32 * h);
}

/* The scales of a tile as words in lane order; 0 when they are all 1. */
static inline int lane_scales(const uint8_t *scales, __m512i m[2]) {
    if (!scales) return 0;
    _Alignas(64) int16_t lanes[TILE];
    for (int32_t i = 0; i < TILE; i++) lanes[i] = scales[i / 32 * 32 + word_row(i % 32)];
    m[0] = _mm512_load_si512(lanes);
    m[1] = _mm512_load_si512(lanes + 32);
    return 1;
}

#endif
