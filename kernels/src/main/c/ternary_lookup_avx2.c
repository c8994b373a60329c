/*
 * AVX2: "triple" is looked up with vpshufb, 14 magnitudes of three trits in tables of 16 bytes. A sum of three activations needs ten bits;
 * instead of its two bytes, the tables hold the sums of the activations' low and high parts, which are so small that four triples are
 * added up as bytes before they are joined and widened.
 */
#include <immintrin.h>
#include <string.h>

#include "lutra_ops.h"

/* Bytes ahead of the weights in use. */
enum { PREFETCH = 8192 };

static inline __m256i load(const void *at) { return _mm256_load_si256((const __m256i *)at); }

static inline __m256i both_lanes(const uint8_t *at) { return _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)at)); }

/* Trit c of index i of a triple. */
static inline __m256i trit_pattern(int32_t c) {
    const __m128i first = _mm_setr_epi8(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    const __m128i second = _mm_setr_epi8(0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0);
    const __m128i third = _mm_setr_epi8(0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0);
    return _mm256_broadcastsi128_si256(c == 0 ? first : c == 1 ? second : third);
}

/* Low parts of twelve activations in the low lane, high parts in the high lane. */
static inline __m256i parts(const int8_t *x) {
    const __m256i words = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)x));
    const __m256i high = _mm256_srai_epi16(_mm256_add_epi16(words, _mm256_set1_epi16(8)), 4);
    const __m256i low = _mm256_sub_epi16(words, _mm256_slli_epi16(high, 4));
    return _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xd8);
}

static void tables_triple(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    const __m256i p0 = trit_pattern(0), p1 = trit_pattern(1), p2 = trit_pattern(2);
    uint8_t *to = (uint8_t *)tables + (size_t)b->step * TRIPLE_TABLE;
    for (int32_t k = 0; k < 24 * b->steps; k += 12) {
        int8_t last[16] = {0};
        if (k + 16 > b->columns && k < b->columns) memcpy(last, x + b->column + k, smaller(12, b->columns - k));
        const __m256i v = parts(k + 16 > b->columns ? last : x + b->column + k);
        for (int8_t i = 0; i < 12; i += 3, to += 32) {
            __m256i sum = _mm256_sign_epi8(_mm256_shuffle_epi8(v, _mm256_set1_epi8(i)), p0);
            sum = _mm256_add_epi8(sum, _mm256_sign_epi8(_mm256_shuffle_epi8(v, _mm256_set1_epi8((char)(i + 1))), p1));
            sum = _mm256_add_epi8(sum, _mm256_sign_epi8(_mm256_shuffle_epi8(v, _mm256_set1_epi8((char)(i + 2))), p2));
            _mm256_store_si256((__m256i *)to, sum);
        }
    }
}

/* The index of triple i of a step, 32 rows. */
static inline __m256i index_of(__m256i v, int32_t i) {
    return _mm256_and_si256(i % 2 ? _mm256_srli_epi16(v, 4) : v, _mm256_set1_epi8(15));
}

/*
 * Bytes that are negative where triple i is and never 0, which is what vpsignb takes. Bits move left into place; those that come from the
 * neighbour stay below.
 */
static inline __m256i sign_of(__m256i signs, int32_t i) {
    return _mm256_or_si256(_mm256_slli_epi16(signs, i), _mm256_set1_epi8(1));
}

/* words[half][] += a step of one digit. */
static inline __attribute__((always_inline)) void step(__m256i words[2][2], const uint8_t *at, const uint8_t *table) {
    const __m256i weights = _mm256_set1_epi16(16 << 8 | 1);
    __m256i sign[2];
    for (int32_t i = 0; i < 5; i++) _mm_prefetch((const char *)at + i * TILE + PREFETCH, _MM_HINT_T1);
    for (int32_t h = 0; h < 2; h++) sign[h] = sign_of(load(at + TRIPLE_SIGNS + 32 * h), 0);
#pragma GCC unroll 2
    for (int32_t first = 0; first < 8; first += 4) {
        __m256i low[2], high[2];
        for (int32_t h = 0; h < 2; h++) low[h] = high[h] = _mm256_setzero_si256();
#pragma GCC unroll 4
        for (int32_t i = first; i < first + 4; i++, table += 32) {
            const __m256i lows = both_lanes(table), highs = both_lanes(table + 16);
#pragma GCC unroll 2
            for (int32_t h = 0; h < 2; h++) {
                const __m256i index = index_of(load(at + i / 2 * TILE + 32 * h), i);
                low[h] = _mm256_add_epi8(low[h], _mm256_sign_epi8(_mm256_shuffle_epi8(lows, index), sign[h]));
                high[h] = _mm256_add_epi8(high[h], _mm256_sign_epi8(_mm256_shuffle_epi8(highs, index), sign[h]));
                sign[h] = i == 6 ? sign_of(load(at + TRIPLE_SIGNS + 32 * h), 7) : _mm256_add_epi8(sign[h], sign[h]);
            }
        }
        for (int32_t h = 0; h < 2; h++) {
            words[h][0] = _mm256_add_epi16(words[h][0], _mm256_maddubs_epi16(weights, _mm256_unpacklo_epi8(low[h], high[h])));
            words[h][1] = _mm256_add_epi16(words[h][1], _mm256_maddubs_epi16(weights, _mm256_unpackhi_epi8(low[h], high[h])));
        }
    }
}

/* The scales of 8 rows as dwords of two words, m * (first, second). */
static inline __m256i scale_pairs(const uint8_t *m, int32_t first, int32_t second) {
    const __m256i pair = _mm256_set1_epi32(second << 16 | first);
    return m ? _mm256_mullo_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)m)), pair) : pair;
}

/*
 * sums += m * (d0 + 3 d1 + 9 d2) for half h of the rows, two vectors of words from each digit. Unpacking pairs two digits in a dword,
 * vpmaddwd multiplies them by (m, 3m); the lane order makes rows come out in order.
 */
static inline __attribute__((always_inline)) void join(
        const uint8_t *m, int32_t digits, __m256i d[3][2][2], int32_t h, int32_t *sums) {
    const __m256i zero = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++) {
        const int32_t w = i / 2, row = 32 * w + 16 * (i % 2) + 8 * h;
        const __m256i second = digits > 1 ? d[1][h][w] : zero;
        __m256i pairs = i % 2 ? _mm256_unpackhi_epi16(d[0][h][w], second) : _mm256_unpacklo_epi16(d[0][h][w], second);
        __m256i sum = _mm256_add_epi32(load(sums + row), _mm256_madd_epi16(pairs, scale_pairs(m ? m + row : NULL, 1, 3)));
        if (digits == 3) {
            __m256i single = i % 2 ? _mm256_unpackhi_epi16(d[2][h][w], zero) : _mm256_unpacklo_epi16(d[2][h][w], zero);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(single, scale_pairs(m ? m + row : NULL, 9, 0)));
        }
        _mm256_store_si256((__m256i *)(sums + row), sum);
    }
}

static inline __attribute__((always_inline)) void triples(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t digits,
        int32_t *sums) {
    const uint8_t *at = lanes_at(g, b, tile).at; /* a block's tiles follow one another */
    for (const int32_t end = tile + tiles; tile < end; tile++, sums += TILE) {
        const uint8_t *table = (const uint8_t *)tables + (size_t)b->step * TRIPLE_TABLE;
        __m256i words[3][2][2];
        for (int32_t d = 0; d < digits; d++)
            for (int32_t i = 0; i < 4; i++) words[d][i / 2][i % 2] = _mm256_setzero_si256();
        for (int32_t s = 0; s < b->steps; s++, table += TRIPLE_TABLE)
#pragma GCC unroll 3
            for (int32_t d = 0; d < digits; d++, at += TRIPLE_BYTES) step(words[d], at, table);
        const uint8_t *scales = scales_at(g, b->group, tile);
        for (int32_t h = 0; h < 2; h++) join(scales, digits, words, h, sums);
    }
}

static void gemv_triple(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    if (g->w->digits == 1) triples(g, b, tables, tile, tiles, 1, sums);
    else if (g->w->digits == 2) triples(g, b, tables, tile, tiles, 2, sums);
    else triples(g, b, tables, tile, tiles, 3, sums);
}

/* Bytes times bytes whose products fit int8. */
static inline __m256i multiply_bytes(__m256i a, __m256i b) {
    const __m256i even = _mm256_mullo_epi16(a, b);
    const __m256i odd = _mm256_mullo_epi16(_mm256_srai_epi16(a, 8), _mm256_srli_epi16(b, 8));
    return _mm256_blendv_epi8(even, _mm256_slli_epi16(odd, 8), _mm256_set1_epi16((short)0xff00));
}

static void unpack_triple(const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    const struct lanes lanes = lanes_at(g, b, tile);
    const uint8_t *scales = scales_at(g, b->group, tile);
    _Alignas(32) uint8_t m[TILE];
    for (int32_t p = 0; scales && p < TILE; p++) m[p] = scales[byte_row(p)];
    for (int32_t h = 0; h < 2; h++) {
        const uint8_t *at = lanes.at + 32 * h;
        uint8_t *to = strip + (size_t)(b->column - first) * TILE + 32 * h;
        for (int32_t k = 0; k < b->columns; k += 3, at += k % 24 ? 0 : lanes.stride) {
            const int32_t i = k % 24 / 3;
            __m256i index[3], sign[3];
            for (int32_t d = 0; d < g->w->digits; d++) {
                index[d] = index_of(load(at + d * TRIPLE_BYTES + i / 2 * TILE), i);
                sign[d] = sign_of(load(at + d * TRIPLE_BYTES + TRIPLE_SIGNS), i);
            }
            for (int32_t c = 0; c < 3 && k + c < b->columns; c++, to += TILE) {
                __m256i level = _mm256_setzero_si256();
                for (int32_t d = g->w->digits - 1; d >= 0; d--) {
                    const __m256i trit = _mm256_sign_epi8(_mm256_shuffle_epi8(trit_pattern(c), index[d]), sign[d]);
                    level = _mm256_add_epi8(trit, _mm256_add_epi8(level, _mm256_add_epi8(level, level)));
                }
                _mm256_store_si256((__m256i *)to, scales ? multiply_bytes(level, load(m + 32 * h)) : level);
            }
        }
    }
}

static void interleave(uint8_t *strip, int32_t quads) {
    const __m256i offset = _mm256_set1_epi8((char)STRIP_OFFSET);
    for (uint8_t *at = strip; at < strip + (size_t)quads * 4 * TILE; at += (at - strip) & 32 ? 4 * TILE - 32 : 32) {
        __m256i c[4];
        for (int32_t i = 0; i < 4; i++) c[i] = _mm256_xor_si256(load(at + i * TILE), offset);
        const __m256i low01 = _mm256_unpacklo_epi8(c[0], c[1]), low23 = _mm256_unpacklo_epi8(c[2], c[3]);
        const __m256i high01 = _mm256_unpackhi_epi8(c[0], c[1]), high23 = _mm256_unpackhi_epi8(c[2], c[3]);
        _mm256_store_si256((__m256i *)at, _mm256_unpacklo_epi16(low01, low23));
        _mm256_store_si256((__m256i *)(at + TILE), _mm256_unpackhi_epi16(low01, low23));
        _mm256_store_si256((__m256i *)(at + 2 * TILE), _mm256_unpacklo_epi16(high01, high23));
        _mm256_store_si256((__m256i *)(at + 3 * TILE), _mm256_unpackhi_epi16(high01, high23));
    }
}

void lutra_install_lookup_avx2(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << TRIPLE;
    ops->tables[TRIPLE] = tables_triple;
    ops->gemv[TRIPLE] = gemv_triple;
    ops->unpack[TRIPLE] = unpack_triple;
    ops->interleave = interleave;
}
