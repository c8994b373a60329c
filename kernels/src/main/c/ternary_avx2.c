/* AVX2: vpmaddubsw multiplies unsigned codes by signed activations and adds pairs, in int16 for as long as they fit. */
#include <immintrin.h>
#include <string.h>

#include "lutra_ops.h"

static inline __m256i four_columns(const int8_t *x) {
    int32_t v;
    memcpy(&v, x, 4);
    return _mm256_set1_epi32(v);
}

/*
 * "codes": field f of a dword is masked after a shift. A pair of products is at most 2 * code * 128, so int16 takes 63, 15 or 4 of them
 * for 1, 2 and 3 digits (codes up to 2, 8, 26).
 */
static inline __attribute__((always_inline)) void codes(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t digits, int32_t *sums) {
    const int32_t bits = digits == 1 ? 2 : digits == 2 ? 4 : 8, fields = 8 / bits, unit = 4 * fields;
    const int32_t center = digits == 1 ? 1 : digits == 2 ? 4 : 13, most = (digits == 1 ? 63 : digits == 2 ? 15 : 4) / fields;
    const uint8_t *at = lanes_at(g, b, tile).at, *scales = scales_at(g, b->group, tile);
    const int8_t *x = (const int8_t *)tables + (size_t)b->step * unit;
    const __m256i mask = _mm256_set1_epi8((char)((1 << bits) - 1)), ones = _mm256_set1_epi16(1);
    const __m256i offset = _mm256_set1_epi32(-center * codes_sums(g, tables)[b->index]);
    __m256i total[8];
    for (int32_t i = 0; i < 8; i++) total[i] = offset;
    for (int32_t s = 0; s < b->steps;) {
        const int32_t end = smaller(s + most, b->steps);
        __m256i acc[8];
        for (int32_t i = 0; i < 8; i++) acc[i] = _mm256_setzero_si256();
        for (; s < end; s++, at += 4 * TILE, x += unit) {
            __m256i four[4];
            for (int32_t f = 0; f < fields; f++) four[f] = four_columns(x + 4 * f);
#pragma GCC unroll 8
            for (int32_t i = 0; i < 8; i++) {
                __m256i v = _mm256_load_si256((const __m256i *)(at + 32 * i));
#pragma GCC unroll 4
                for (int32_t f = 0; f < fields; f++) {
                    __m256i code = fields == 1 ? v : _mm256_and_si256(_mm256_srli_epi16(v, f * bits), mask);
                    acc[i] = _mm256_add_epi16(acc[i], _mm256_maddubs_epi16(code, four[f]));
                }
            }
        }
        for (int32_t i = 0; i < 8; i++) total[i] = _mm256_add_epi32(total[i], _mm256_madd_epi16(acc[i], ones));
    }
    for (int32_t i = 0; i < 8; i++) {
        __m256i sum = total[i], *to = (__m256i *)(sums + 8 * i);
        if (scales)
            sum = _mm256_mullo_epi32(sum, _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(scales + 8 * i))));
        _mm256_store_si256(to, _mm256_add_epi32(_mm256_load_si256(to), sum));
    }
}

static void gemv_codes(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    (void)tiles; /* a band is one tile */
    if (g->w->digits == 1) codes(g, b, tables, tile, 1, sums);
    else if (g->w->digits == 2) codes(g, b, tables, tile, 2, sums);
    else codes(g, b, tables, tile, 3, sums);
}

/*
 * The strip's bytes reach 255, whose products would saturate in vpmaddubsw: even and odd columns are widened to int16 and multiplied by
 * vpmaddwd. So are the activations, for WIDE groups of four columns at a time: dwords of columns 0 and 2, and of 1 and 3.
 */
enum { WIDE = 128, TOKENS = 4 };

struct wide {
    int32_t even[WIDE], odd[WIDE];
};

static void widen(const int8_t *x, int32_t quads, struct wide *to) {
    for (int32_t q = 0; q < quads; q++, x += 4) {
        to->even[q] = (int32_t)((uint32_t)x[2] << 16 | (uint16_t)x[0]);
        to->odd[q] = (int32_t)((uint32_t)x[3] << 16 | (uint16_t)x[1]);
    }
}

/* All 64 rows, 16 at a time. */
static inline __attribute__((always_inline)) void block(
        const uint8_t *strip, const struct wide *x, int32_t quads, int32_t tokens, int32_t *sums) {
    const __m256i low = _mm256_set1_epi16(0xff);
    for (int32_t i = 0; i < TILE; i += 16) {
        __m256i acc[TOKENS][2];
        for (int32_t t = 0; t < tokens; t++)
            for (int32_t h = 0; h < 2; h++) acc[t][h] = _mm256_load_si256((const __m256i *)(sums + t * TILE + i + 8 * h));
        for (int32_t q = 0; q < quads; q++) {
            __m256i even[2], odd[2];
            for (int32_t h = 0; h < 2; h++) {
                __m256i v = _mm256_load_si256((const __m256i *)(strip + (q * TILE + i + 8 * h) * 4));
                even[h] = _mm256_and_si256(v, low);
                odd[h] = _mm256_srli_epi16(v, 8);
            }
#pragma GCC unroll 4
            for (int32_t t = 0; t < tokens; t++) {
                const __m256i x_even = _mm256_set1_epi32(x[t].even[q]), x_odd = _mm256_set1_epi32(x[t].odd[q]);
#pragma GCC unroll 2
                for (int32_t h = 0; h < 2; h++) {
                    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(even[h], x_even), _mm256_madd_epi16(odd[h], x_odd));
                    acc[t][h] = _mm256_add_epi32(acc[t][h], sum);
                }
            }
        }
        for (int32_t t = 0; t < tokens; t++)
            for (int32_t h = 0; h < 2; h++) _mm256_store_si256((__m256i *)(sums + t * TILE + i + 8 * h), acc[t][h]);
    }
}

static void gemm(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    struct wide wide[TOKENS];
    for (int32_t t = 0, n; t < tokens; t += n) {
        n = smaller(TOKENS, tokens - t);
        for (int32_t q = 0, part; q < quads; q += part) {
            part = smaller(WIDE, quads - q);
            for (int32_t j = 0; j < n; j++) widen(x + (t + j) * x_stride + 4 * q, part, wide + j);
            if (n == TOKENS) block(strip + (size_t)q * 4 * TILE, wide, part, TOKENS, sums + t * TILE);
            else for (int32_t j = 0; j < n; j++)
                    block(strip + (size_t)q * 4 * TILE, wide + j, part, 1, sums + (t + j) * TILE);
        }
    }
}

/*
 * 16 rows by up to 4 tokens of trits + 1, whose products fit vpmaddubsw: a pair of them is at most 2 * 2 * 128, of which int16 takes 63.
 */
enum { TRIT_TOKENS = 4, TRIT_QUADS = 63 };

static inline __attribute__((always_inline)) void trit_block(
        const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    __m256i acc[TRIT_TOKENS][2];
    for (int32_t t = 0; t < tokens; t++) acc[t][0] = acc[t][1] = _mm256_setzero_si256();
    for (int32_t q = 0; q < quads; q++, strip += 4 * TILE, x += 4) {
        const __m256i v0 = _mm256_load_si256((const __m256i *)strip), v1 = _mm256_load_si256((const __m256i *)(strip + 32));
#pragma GCC unroll 4
        for (int32_t t = 0; t < tokens; t++) {
            const __m256i four = four_columns(x + t * x_stride);
            acc[t][0] = _mm256_add_epi16(acc[t][0], _mm256_maddubs_epi16(v0, four));
            acc[t][1] = _mm256_add_epi16(acc[t][1], _mm256_maddubs_epi16(v1, four));
        }
    }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 2; i++) {
            __m256i *to = (__m256i *)(sums + t * TILE + 8 * i), sum = _mm256_madd_epi16(acc[t][i], _mm256_set1_epi16(1));
            _mm256_store_si256(to, _mm256_add_epi32(_mm256_load_si256(to), sum));
        }
}

/* A part of the strip and of the tokens at a time, which the nearest cache holds. */
static void gemm_trits(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    for (int32_t part; quads > 0; quads -= part, strip += (size_t)part * 4 * TILE, x += 4 * part) {
        part = smaller(TRIT_QUADS, quads);
        for (int32_t row = 0; row < TILE; row += 16) {
            const uint8_t *rows = strip + 4 * row;
            int32_t t = 0;
            for (; t + 4 <= tokens; t += 4) trit_block(rows, x + t * x_stride, x_stride, part, 4, sums + t * TILE + row);
            for (; t + 2 <= tokens; t += 2) trit_block(rows, x + t * x_stride, x_stride, part, 2, sums + t * TILE + row);
            if (t < tokens) trit_block(rows, x + t * x_stride, x_stride, part, 1, sums + t * TILE + row);
        }
    }
}

/* Levels of groups of four columns; a block that begins between two groups is left to scalar C. */
static void (*scalar_unpack)(const struct geometry *, const struct block *, int32_t, int32_t, uint8_t *);

static void unpack_codes(
        const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    if ((b->column - first) % 4 || (b->columns % 4 && b->column + b->columns < g->w->columns)) {
        scalar_unpack(g, b, tile, first, strip);
        return;
    }
    const int32_t digits = g->w->digits, bits = digits == 1 ? 2 : digits == 2 ? 4 : 8;
    const __m256i mask = _mm256_set1_epi8((char)((1 << bits) - 1)), low = _mm256_set1_epi16(0xff);
    const __m256i center = _mm256_set1_epi8((char)(digits == 1 ? 1 : digits == 2 ? 4 : 13));
    const __m256i offset = _mm256_set1_epi8((char)STRIP_OFFSET);
    const uint8_t *at = lanes_at(g, b, tile).at, *scales = scales_at(g, b->group, tile);
    uint8_t *to = strip + (size_t)(b->column - first) * TILE;
    for (int32_t q = 0; q < ceil_div(b->columns, 4); q++, to += 4 * TILE) {
        const uint8_t *step = at + (size_t)(4 * q / g->unit) * 4 * TILE;
        const __m128i shift = _mm_cvtsi32_si128(4 * q % g->unit / 4 * bits);
        for (int32_t i = 0; i < TILE; i += 8) {
            __m256i v = _mm256_srl_epi16(_mm256_load_si256((const __m256i *)(step + 4 * i)), shift);
            __m256i level = _mm256_sub_epi8(_mm256_and_si256(v, mask), center);
            if (scales) {
                __m256i m = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(scales + i)));
                m = _mm256_or_si256(m, _mm256_slli_epi32(m, 16));
                __m256i even = _mm256_and_si256(_mm256_mullo_epi16(level, m), low);
                __m256i odd = _mm256_slli_epi16(_mm256_mullo_epi16(_mm256_srai_epi16(level, 8), m), 8);
                level = _mm256_or_si256(even, odd);
            }
            _mm256_store_si256((__m256i *)(to + 4 * i), _mm256_xor_si256(level, offset));
        }
    }
}

static void finish(const int32_t *sums, const float *row_scales, float x_scale, int32_t n, float *y) {
    const __m256 scale = _mm256_set1_ps(x_scale);
    int32_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 sum = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(sums + i)));
        _mm256_storeu_ps(y + i, _mm256_mul_ps(sum, _mm256_div_ps(_mm256_loadu_ps(row_scales + i), scale)));
    }
    for (; i < n; i++) y[i] = (float)sums[i] * (row_scales[i] / x_scale);
}

void lutra_install_avx2(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << CODES;
    ops->gemv[CODES] = gemv_codes;
    scalar_unpack = ops->unpack[CODES];
    ops->unpack[CODES] = unpack_codes;
    ops->gemm = gemm;
    ops->gemm_trits = gemm_trits;
    ops->finish = finish;
    lutra_install_lookup_avx2(ops);
    lutra_install_block_avx2(ops);
    lutra_install_dense_avx2(ops);
    lutra_install_elementwise_avx2(ops);
    lutra_install_attention_avx2(ops);
}
