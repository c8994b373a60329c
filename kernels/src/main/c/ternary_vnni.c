/* AVX-512 VNNI: vpdpbusd multiplies four columns of 16 rows, unsigned weights by signed activations. */
#include <string.h>

#include "ternary_avx512.h"

static inline __m512i four_columns(const int8_t *x) {
    int32_t v;
    memcpy(&v, x, 4);
    return _mm512_set1_epi32(v);
}

/*
 * "codes": fields are masked where they are, never shifted, so the sums of field f come out times 2^(bits f); they are exact, and
 * shifted back at the end of a block.
 */
static inline __attribute__((always_inline)) void codes(
        const struct lutra_ternary *w, const void *tables, int32_t tile, int32_t digits, int32_t *sums) {
    const int32_t bits = digits == 1 ? 2 : digits == 2 ? 4 : 8, fields = 8 / bits, unit = 4 * fields;
    const int32_t center = digits == 1 ? 1 : digits == 2 ? 4 : 13;
    const uint8_t *at = tile_weights(w, tile), *scales = tile_scales(w, tile);
    const int8_t *x = tables;
    const int32_t *x_sums = codes_sums(w, tables);
    __m512i total[4];
    for (int32_t i = 0; i < 4; i++) total[i] = _mm512_setzero_si512();
    for (int32_t n = 0, blocks = blocks_of(w); n < blocks; n++) {
        struct block b = block_at(w, n);
        __m512i acc[4][4];
        for (int32_t f = 0; f < fields; f++)
            for (int32_t i = 0; i < 4; i++) acc[f][i] = _mm512_setzero_si512();
        for (int32_t s = 0; s < b.steps; s++, at += 4 * TILE, x += unit) {
            __m512i v[4];
            for (int32_t i = 0; i < 4; i++) {
                _mm_prefetch((const char *)at + 64 * i + 4 * PREFETCH, _MM_HINT_T0);
                v[i] = _mm512_load_si512(at + 64 * i);
            }
#pragma GCC unroll 4
            for (int32_t f = 0; f < fields; f++) {
                const __m512i mask = _mm512_set1_epi8((char)(((1 << bits) - 1) << f * bits)), four = four_columns(x + 4 * f);
#pragma GCC unroll 4
                for (int32_t i = 0; i < 4; i++)
                    acc[f][i] = _mm512_dpbusd_epi32(acc[f][i], fields == 1 ? v[i] : _mm512_and_si512(v[i], mask), four);
            }
        }
        for (int32_t i = 0; i < 4; i++) {
            __m512i sum = _mm512_set1_epi32(-center * x_sums[n]);
            for (int32_t f = 0; f < fields; f++)
                sum = _mm512_add_epi32(sum, _mm512_sra_epi32(acc[f][i], _mm_cvtsi32_si128(f * bits)));
            if (scales) {
                const uint8_t *m = scales + b.group * TILE + 16 * i;
                sum = _mm512_mullo_epi32(sum, _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)m)));
            }
            total[i] = _mm512_add_epi32(total[i], sum);
        }
    }
    for (int32_t i = 0; i < 4; i++) _mm512_store_si512(sums + 16 * i, total[i]);
}

static void gemv_codes(const struct lutra_ternary *w, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    for (int32_t t = 0; t < tiles; t++, sums += TILE)
        if (w->digits == 1) codes(w, tables, tile + t, 1, sums);
        else if (w->digits == 2) codes(w, tables, tile + t, 2, sums);
        else codes(w, tables, tile + t, 3, sums);
}

/* 64 rows times tokens: 4 vectors of weights are each used for every token, 24 sums stay in registers. */
static inline __attribute__((always_inline)) void block(
        const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    __m512i acc[6][4];
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) acc[t][i] = _mm512_load_si512(sums + t * TILE + 16 * i);
    for (int32_t q = 0; q < quads; q++, strip += 4 * TILE, x += 4) {
        __m512i v[4];
#pragma GCC unroll 4
        for (int32_t i = 0; i < 4; i++) v[i] = _mm512_load_si512(strip + 64 * i);
#pragma GCC unroll 6
        for (int32_t t = 0; t < tokens; t++) {
            const __m512i four = four_columns(x + t * x_stride);
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++) acc[t][i] = _mm512_dpbusd_epi32(acc[t][i], v[i], four);
        }
    }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) _mm512_store_si512(sums + t * TILE + 16 * i, acc[t][i]);
}

static void gemm(const uint8_t *strip, const int8_t *x, int64_t x_stride, int32_t quads, int32_t tokens, int32_t *sums) {
    for (; tokens >= 6; tokens -= 6, x += 6 * x_stride, sums += 6 * TILE) block(strip, x, x_stride, quads, 6, sums);
    switch (tokens) {
        case 5: block(strip, x, x_stride, quads, 5, sums); break;
        case 4: block(strip, x, x_stride, quads, 4, sums); break;
        case 3: block(strip, x, x_stride, quads, 3, sums); break;
        case 2: block(strip, x, x_stride, quads, 2, sums); break;
        case 1: block(strip, x, x_stride, quads, 1, sums); break;
        default: break;
    }
}

void lutra_install_vnni(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << CODES;
    ops->gemv[CODES] = gemv_codes;
    ops->gemm = gemm;
    ops->gemm_tokens = 24;
}
