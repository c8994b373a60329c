/* AVX-512 VNNI: vpdpbusd multiplies four columns of 16 rows, unsigned weights by signed activations. */
#include <string.h>

#include "ternary_avx512.h"

/*
 * Bytes ahead of the weights in use. The loop is short enough for the processor to see the stream by itself; asking for each of its lines
 * kept it at three quarters of its speed, and for one in four is a help to those that stop at the end of a page.
 */
enum { STREAM = 4096 };

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
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t digits, int32_t *sums) {
    const int32_t bits = digits == 1 ? 2 : digits == 2 ? 4 : 8, fields = 8 / bits, unit = 4 * fields;
    const int32_t center = digits == 1 ? 1 : digits == 2 ? 4 : 13;
    const uint8_t *at = lanes_at(g, b, tile).at, *scales = scales_at(g, b->group, tile);
    const int8_t *x = (const int8_t *)tables + (size_t)b->step * unit;
    prefetch_scales(g, b, tile, 1);
    __m512i acc[4][4];
    for (int32_t f = 0; f < fields; f++)
        for (int32_t i = 0; i < 4; i++) acc[f][i] = _mm512_setzero_si512();
    for (int32_t s = 0; s < b->steps; s++, at += 4 * TILE, x += unit) {
        __m512i v[4];
        _mm_prefetch((const char *)at + STREAM, _MM_HINT_T1);
        for (int32_t i = 0; i < 4; i++) v[i] = _mm512_load_si512(at + 64 * i);
#pragma GCC unroll 4
        for (int32_t f = 0; f < fields; f++) {
            const __m512i mask = _mm512_set1_epi8((char)(((1 << bits) - 1) << f * bits)), four = four_columns(x + 4 * f);
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++)
                acc[f][i] = _mm512_dpbusd_epi32(acc[f][i], fields == 1 ? v[i] : _mm512_and_si512(v[i], mask), four);
        }
    }
    const __m512i offset = _mm512_set1_epi32(-center * codes_sums(g, tables)[b->index]);
    for (int32_t i = 0; i < 4; i++) {
        __m512i sum = offset;
        for (int32_t f = 0; f < fields; f++)
            sum = _mm512_add_epi32(sum, _mm512_sra_epi32(acc[f][i], _mm_cvtsi32_si128(f * bits)));
        if (scales)
            sum = _mm512_mullo_epi32(sum, _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(scales + 16 * i))));
        _mm512_store_si512(sums + 16 * i, _mm512_add_epi32(_mm512_load_si512(sums + 16 * i), sum));
    }
}

static void gemv_codes(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    (void)tiles; /* a band is one tile */
    if (g->w->digits == 1) codes(g, b, tables, tile, 1, sums);
    else if (g->w->digits == 2) codes(g, b, tables, tile, 2, sums);
    else codes(g, b, tables, tile, 3, sums);
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
    ops->gemm_trits = NULL;
    ops->gemm_tokens = 24;
    lutra_install_block_vnni(ops);
}
