/* AVX-512 F BW VL DQ: "five" is looked up with vpermw, whose 32 words hold the 27 sums of a triple. */
#include <immintrin.h>

#include "ternary_avx512.h"

/* Entry i of the table of a triple is a[i] x0 + b[i] x1 + c[i] x2. */
static inline void triple_patterns(__m512i *a, __m512i *b, __m512i *c) {
    int16_t p[3][32] = {0};
    for (int32_t i = 0; i < 27; i++) {
        p[0][i] = (int16_t)(i / 9 - 1);
        p[1][i] = (int16_t)(i / 3 % 3 - 1);
        p[2][i] = (int16_t)(i % 3 - 1);
    }
    *a = _mm512_loadu_si512(p[0]);
    *b = _mm512_loadu_si512(p[1]);
    *c = _mm512_loadu_si512(p[2]);
}

static void tables_five(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    __m512i p0, p1, p2;
    triple_patterns(&p0, &p1, &p2);
    uint8_t *to = (uint8_t *)tables + (size_t)b->step * FIVE_TABLE;
    for (int32_t k = 0; k < 9 * b->steps; k += 3, to += 64) {
        int16_t x0 = k < b->columns ? x[b->column + k] : 0, x1 = k + 1 < b->columns ? x[b->column + k + 1] : 0;
        int16_t x2 = k + 2 < b->columns ? x[b->column + k + 2] : 0;
        __m512i sum = _mm512_mullo_epi16(p0, _mm512_set1_epi16(x0));
        sum = _mm512_add_epi16(sum, _mm512_mullo_epi16(p1, _mm512_set1_epi16(x1)));
        _mm512_store_si512(to, _mm512_add_epi16(sum, _mm512_mullo_epi16(p2, _mm512_set1_epi16(x2))));
    }
}

/* One step of 32 rows of one digit. */
static inline __m512i look_up(__m512i sum, const uint8_t *weights, __m512i t0, __m512i t1, __m512i t2) {
    __m512i v = _mm512_load_si512(weights);
    __m512i first = _mm512_add_epi16(sum, _mm512_permutexvar_epi16(v, t0));
    __m512i second = _mm512_permutexvar_epi16(_mm512_srli_epi16(v, 5), t1);
    return _mm512_add_epi16(first, _mm512_add_epi16(second, _mm512_permutexvar_epi16(_mm512_srli_epi16(v, 10), t2)));
}

static inline __attribute__((always_inline)) void five(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t digits, int32_t *sums) {
    prefetch_scales(g, b, tile, tiles);
    const struct lanes lanes_of = lanes_at(g, b, tile);
    __m512i acc[BAND][3][2];
    for (int32_t t = 0; t < tiles; t++)
        for (int32_t d = 0; d < digits; d++) acc[t][d][0] = acc[t][d][1] = _mm512_setzero_si512();
    const uint8_t *at = lanes_of.at, *table = (const uint8_t *)tables + (size_t)b->step * FIVE_TABLE;
    for (int32_t s = 0; s < b->steps; s++, at += lanes_of.stride, table += FIVE_TABLE) {
        __m512i t0 = _mm512_load_si512(table), t1 = _mm512_load_si512(table + 64), t2 = _mm512_load_si512(table + 128);
#pragma GCC unroll 4
        for (int32_t t = 0; t < tiles; t++)
#pragma GCC unroll 3
            for (int32_t d = 0; d < digits; d++) {
                const uint8_t *lanes = at + 128 * (t * digits + d);
                acc[t][d][0] = look_up(acc[t][d][0], lanes, t0, t1, t2);
                acc[t][d][1] = look_up(acc[t][d][1], lanes + 64, t0, t1, t2);
            }
    }
    for (int32_t t = 0; t < tiles; t++) join_tile(scales_at(g, b->group, tile + t), digits, acc[t], sums + t * TILE);
}

static void gemv_five(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    switch (g->w->digits << 4 | tiles) {
#define CASE(digits, tiles) \
    case (digits) << 4 | (tiles): five(g, b, tables, tile, tiles, digits, sums); break;
        CASE(1, 1) CASE(1, 2) CASE(2, 1) CASE(2, 2) CASE(3, 1)
#undef CASE
        default: break;
    }
}

/* The trits of a triple by index, for the first, second and third column, times what the digit is worth. */
static inline void trit_patterns(__m512i *patterns, int32_t worth) {
    triple_patterns(&patterns[0], &patterns[1], &patterns[2]);
    for (int32_t i = 0; i < 3; i++) patterns[i] = _mm512_mullo_epi16(patterns[i], _mm512_set1_epi16((int16_t)worth));
}

static void unpack_five(
        const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    const struct lanes lanes = lanes_at(g, b, tile);
    const uint8_t *at = lanes.at;
    __m512i patterns[3][3], m[2];
    for (int32_t d = 0, worth = 1; d < g->w->digits; d++, worth *= 3) trit_patterns(patterns[d], worth);
    int scaled = lane_scales(scales_at(g, b->group, tile), m);
    uint8_t *to = strip + (size_t)(b->column - first) * TILE;
    for (int32_t k = 0; k < b->columns; k += 9, at += lanes.stride)
        for (int32_t c = 0; c < 9 && k + c < b->columns; c++, to += TILE) {
            __m512i level[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
            const __m128i shift = _mm_cvtsi32_si128(c / 3 * 5);
            for (int32_t d = 0; d < g->w->digits; d++)
                for (int32_t h = 0; h < 2; h++) {
                    __m512i index = _mm512_srl_epi16(_mm512_load_si512(at + 128 * d + 64 * h), shift);
                    level[h] = _mm512_add_epi16(level[h], _mm512_permutexvar_epi16(index, patterns[d][c % 3]));
                }
            if (scaled)
                for (int32_t h = 0; h < 2; h++) level[h] = _mm512_mullo_epi16(level[h], m[h]);
            _mm512_store_si512(to, _mm512_packs_epi16(level[0], level[1]));
        }
}

static void interleave(uint8_t *strip, int32_t quads) {
    const __m512i offset = _mm512_set1_epi8((char)STRIP_OFFSET);
    for (int32_t q = 0; q < quads; q++, strip += 4 * TILE) {
        __m512i c[4];
        for (int32_t i = 0; i < 4; i++) c[i] = _mm512_xor_si512(_mm512_load_si512(strip + i * TILE), offset);
        __m512i low01 = _mm512_unpacklo_epi8(c[0], c[1]), low23 = _mm512_unpacklo_epi8(c[2], c[3]);
        __m512i high01 = _mm512_unpackhi_epi8(c[0], c[1]), high23 = _mm512_unpackhi_epi8(c[2], c[3]);
        _mm512_store_si512(strip, _mm512_unpacklo_epi16(low01, low23));
        _mm512_store_si512(strip + 64, _mm512_unpackhi_epi16(low01, low23));
        _mm512_store_si512(strip + 128, _mm512_unpacklo_epi16(high01, high23));
        _mm512_store_si512(strip + 192, _mm512_unpackhi_epi16(high01, high23));
    }
}

static void start(const int32_t *x_sums, int32_t offset, int32_t tokens, int32_t *sums) {
    for (int32_t t = 0; t < tokens; t++, sums += TILE) {
        const __m512i sum = _mm512_set1_epi32(-offset * x_sums[t]);
        for (int32_t i = 0; i < TILE; i += 16) _mm512_store_si512(sums + i, sum);
    }
}

static inline void finish_vector(const int32_t *sums, __m512 factor, __mmask16 lanes, float *y) {
    _mm512_mask_storeu_ps(y, lanes, _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(lanes, sums)), factor));
}

/* Most matrices have one scale for all rows, and division is slow. */
static void finish(const int32_t *sums, const float *row_scales, float x_scale, int32_t n, float *y) {
    const __m512 scale = _mm512_set1_ps(x_scale), first = _mm512_set1_ps(row_scales[0]);
    const __m512 same = _mm512_set1_ps(row_scales[0] / x_scale);
    for (int32_t i = 0; i < n; i += 16) {
        const __mmask16 lanes = n - i < 16 ? (__mmask16)((1 << (n - i)) - 1) : 0xffff;
        const __m512 rows = _mm512_maskz_loadu_ps(lanes, row_scales + i);
        const int equal = _mm512_mask_cmpeq_ps_mask(lanes, rows, first) == lanes;
        finish_vector(sums + i, equal ? same : _mm512_div_ps(rows, scale), lanes, y + i);
    }
}

static void finish_tile(
        const int32_t *sums, const float *row_scales, const float *x_scales, int32_t tokens, int32_t n, float *y, int64_t y_stride) {
    int32_t equal = 1;
    for (int32_t i = 1; i < n; i++) equal &= row_scales[i] == row_scales[0];
    if (!equal || n < TILE) {
        for (int32_t t = 0; t < tokens; t++) finish(sums + t * TILE, row_scales, x_scales[t], n, y + t * y_stride);
        return;
    }
    for (int32_t t = 0; t < tokens; t++, sums += TILE, y += y_stride) {
        const __m512 factor = _mm512_set1_ps(row_scales[0] / x_scales[t]);
#pragma GCC unroll 4
        for (int32_t i = 0; i < TILE; i += 16)
            _mm512_storeu_ps(y + i, _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_load_si512(sums + i)), factor));
    }
}

void lutra_install_avx512(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << FIVE;
    ops->tables[FIVE] = tables_five;
    ops->gemv[FIVE] = gemv_five;
    ops->unpack[FIVE] = unpack_five;
    ops->interleave = interleave;
    ops->start = start;
    ops->finish = finish;
    ops->finish_tile = finish_tile;
    lutra_install_dense_avx512(ops);
    lutra_install_elementwise_avx512(ops);
    lutra_install_attention_avx512(ops);
}
