/*
 * AVX-512 VBMI and GFNI: "quint" is looked up with vpermi2b. 122 magnitudes of five trits fit its table of 128 bytes, once for the low
 * and once for the high bytes of the sums; 1.6 bits per weight cost nine instructions per 320 multiply-adds.
 */
#include <string.h>

#include "ternary_avx512.h"

/*
 * Bytes ahead of the weights in use. Look-ups take so many instructions that few loads are under way at a time; so every line is asked for,
 * into the second cache, as the first has few places for what memory has not answered yet.
 */
enum { PREFETCH = 6144 };

/* Bit 7 of every byte into all its bits. */
static inline __m512i signs(__m512i v) { return _mm512_gf2p8affine_epi64_epi8(v, _mm512_set1_epi8((char)0x80), 0); }

/*
 * Constants of the set, filled in when it is installed. A magnitude is 27 h + l, h within 0-4 made of the first two trits and l within
 * -13-13 of the other three, so its sum has two parts, which fit one table of 32 words: l at l + 13, h at 27 + h.
 */
static struct {
    int16_t factor[5][32];    /* trit c of part i: what activation c is multiplied by */
    int16_t low[4][32];       /* where magnitude 32 j + i finds its l ... */
    int16_t high[4][32];      /* ... and its h */
    uint8_t bytes[2][64];     /* the low bytes of two vectors of words, and the high ones */
    int8_t trit[5][128];      /* trit c of magnitude i */
    uint8_t rows[64];         /* that lanes of bytes hold */
} constants __attribute__((aligned(64)));

/* Trit c of n of a value in balanced ternary. */
static int8_t trit_of(int32_t value, int32_t c, int32_t n) {
    int32_t trit = 0;
    for (; n > c; n--) {
        trit = (value + 364) % 3 - 1; /* 364: a multiple of 3, plus 1 */
        value = (value - trit) / 3;
    }
    return (int8_t)trit;
}

static void fill_constants(void) {
    for (int32_t i = 0; i < 32; i++)
        for (int32_t c = 0; c < 5; c++)
            constants.factor[c][i] = i < 27 ? (c < 2 ? 0 : trit_of(i - 13, c - 2, 3)) : (c < 2 ? trit_of(i - 27, c, 2) : 0);
    for (int32_t i = 0; i < 128; i++) {
        int32_t h = (i + 13) / 27;
        constants.low[i / 32][i % 32] = (int16_t)(i < 122 ? i - 27 * h + 13 : 13);
        constants.high[i / 32][i % 32] = (int16_t)(i < 122 ? 27 + h : 27);
        for (int32_t c = 0; c < 5; c++) constants.trit[c][i] = i < 122 ? trit_of(i, c, 5) : 0;
    }
    for (int32_t i = 0; i < 64; i++) {
        constants.bytes[0][i] = (uint8_t)(2 * i);
        constants.bytes[1][i] = (uint8_t)(2 * i + 1);
        constants.rows[i] = (uint8_t)byte_row(i);
    }
}

static void tables_quint(const struct geometry *g, const struct block *b, const int8_t *x, void *tables) {
    (void)g;
    const __m512i low_bytes = _mm512_load_si512(constants.bytes[0]), high_bytes = _mm512_load_si512(constants.bytes[1]);
    uint8_t *to = (uint8_t *)tables + (size_t)b->step * QUINT_TABLE;
    x += b->column;
    for (int32_t k = 0; k < b->columns; k += 5, to += QUINT_TABLE) {
        __m512i parts = _mm512_setzero_si512();
        for (int32_t c = 0; c < 5; c++) {
            const __m512i value = _mm512_set1_epi16(k + c < b->columns ? x[k + c] : 0);
            parts = _mm512_add_epi16(parts, _mm512_mullo_epi16(value, _mm512_load_si512(constants.factor[c])));
        }
        __m512i sum[4];
        for (int32_t j = 0; j < 4; j++)
            sum[j] = _mm512_add_epi16(
                    _mm512_permutexvar_epi16(_mm512_load_si512(constants.low[j]), parts),
                    _mm512_permutexvar_epi16(_mm512_load_si512(constants.high[j]), parts));
        for (int32_t h = 0; h < 2; h++) {
            __m512i low = _mm512_permutex2var_epi8(sum[2 * h], low_bytes, sum[2 * h + 1]);
            __m512i high = _mm512_permutex2var_epi8(sum[2 * h], high_bytes, sum[2 * h + 1]);
            _mm512_store_si512(to + 64 * h, low);
            _mm512_store_si512(to + 128 + 64 * h, high);
        }
    }
}

/*
 * A negative entry is added as its complement, which is one too little. How often that happens in a row depends on the weights alone: the
 * tile's header holds m * (1, 3 or 9) summed over the negative entries, and the sums begin with it.
 */
static inline void look_up(__m512i sums[2], const uint8_t *weights, const __m512i t[4]) {
    _mm_prefetch((const char *)weights + PREFETCH, _MM_HINT_T1);
    __m512i v = _mm512_load_si512(weights), sign = signs(v);
    __m512i low = _mm512_xor_si512(_mm512_permutex2var_epi8(t[0], v, t[1]), sign);
    __m512i high = _mm512_xor_si512(_mm512_permutex2var_epi8(t[2], v, t[3]), sign);
    sums[0] = _mm512_add_epi16(sums[0], _mm512_unpacklo_epi8(low, high));
    sums[1] = _mm512_add_epi16(sums[1], _mm512_unpackhi_epi8(low, high));
}

static inline __attribute__((always_inline)) void quint(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t digits, int32_t *sums) {
    prefetch_scales(g, b, tile, tiles);
    const struct lanes lanes_of = lanes_at(g, b, tile);
    __m512i acc[BAND][3][2];
    for (int32_t t = 0; t < tiles; t++)
        for (int32_t d = 0; d < digits; d++) acc[t][d][0] = acc[t][d][1] = _mm512_setzero_si512();
    const uint8_t *at = lanes_of.at, *table = (const uint8_t *)tables + (size_t)b->step * QUINT_TABLE;
    for (int32_t s = 0; s < b->steps; s++, at += lanes_of.stride, table += QUINT_TABLE) {
        __m512i entries[4];
        for (int32_t j = 0; j < 4; j++) entries[j] = _mm512_load_si512(table + 64 * j);
#pragma GCC unroll 4
        for (int32_t t = 0; t < tiles; t++)
#pragma GCC unroll 3
            for (int32_t d = 0; d < digits; d++) look_up(acc[t][d], at + 64 * (t * digits + d), entries);
    }
    for (int32_t t = 0; t < tiles; t++) join_tile(scales_at(g, b->group, tile + t), digits, acc[t], sums + t * TILE);
}

static void gemv_quint(
        const struct geometry *g, const struct block *b, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    switch (g->w->digits << 4 | tiles) {
#define CASE(digits, tiles) \
    case (digits) << 4 | (tiles): quint(g, b, tables, tile, tiles, digits, sums); break;
        CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4) CASE(2, 1) CASE(2, 2) CASE(3, 1)
#undef CASE
        default: break;
    }
}

/* Levels of one step's column: trits are looked up by magnitude and take the sign of their quintuple. */
static inline __attribute__((always_inline)) __m512i level_of(
        const __m512i trits[2], const __m512i *v, const __mmask64 *negative, int32_t digits) {
    __m512i level = _mm512_setzero_si512();
#pragma GCC unroll 3
    for (int32_t d = digits - 1; d >= 0; d--) {
        const __m512i trit = _mm512_permutex2var_epi8(trits[0], v[d], trits[1]);
        level = _mm512_add_epi8(level, _mm512_add_epi8(level, level));
        level = _mm512_mask_sub_epi8(_mm512_add_epi8(level, trit), negative[d], level, trit);
    }
    return level;
}

/* Bytes times bytes, of which m has the even ones in words and the odd ones in others: products fit int8. */
static inline __m512i scale_bytes(__m512i level, const __m512i m[2]) {
    const __m512i low = _mm512_set1_epi16(0xff), even = _mm512_mullo_epi16(level, m[0]);
    const __m512i odd = _mm512_mullo_epi16(_mm512_andnot_si512(low, level), m[1]);
    return _mm512_mask_mov_epi8(odd, 0x5555555555555555, even);
}

static inline __attribute__((always_inline)) void unpack_digits(
        const struct geometry *g, const struct block *b, int32_t tile, uint8_t *to, int32_t digits, int32_t scaled) {
    const struct lanes lanes = lanes_at(g, b, tile);
    const uint8_t *at = lanes.at;
    __m512i trits[5][2], m[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int32_t c = 0; c < 5; c++)
        for (int32_t i = 0; i < 2; i++) trits[c][i] = _mm512_load_si512(constants.trit[c] + 64 * i);
    if (scaled) {
        const __m512i rows = _mm512_loadu_si512(scales_at(g, b->group, tile));
        const __m512i by_lane = _mm512_permutexvar_epi8(_mm512_load_si512(constants.rows), rows);
        m[0] = _mm512_and_si512(by_lane, _mm512_set1_epi16(0xff));
        m[1] = _mm512_srli_epi16(by_lane, 8);
    }
    for (int32_t k = 0; k < b->columns; k += 5, at += lanes.stride) {
        __m512i v[3];
        __mmask64 negative[3];
        for (int32_t d = 0; d < digits; d++) {
            v[d] = _mm512_load_si512(at + 64 * d);
            negative[d] = _mm512_movepi8_mask(v[d]);
        }
#pragma GCC unroll 5
        for (int32_t c = 0; c < 5; c++, to += TILE) {
            if (k + c >= b->columns) return;
            const __m512i level = level_of(trits[c], v, negative, digits);
            _mm512_store_si512(to, scaled ? scale_bytes(level, m) : level);
        }
    }
}

static void unpack_quint(
        const struct geometry *g, const struct block *b, int32_t tile, int32_t first, uint8_t *strip) {
    uint8_t *to = strip + (size_t)(b->column - first) * TILE;
    switch (g->w->digits << 1 | (g->w->group_scales != NULL)) {
        case 1 << 1: unpack_digits(g, b, tile, to, 1, 0); break;
        case 1 << 1 | 1: unpack_digits(g, b, tile, to, 1, 1); break;
        case 2 << 1: unpack_digits(g, b, tile, to, 2, 0); break;
        case 2 << 1 | 1: unpack_digits(g, b, tile, to, 2, 1); break;
        case 3 << 1: unpack_digits(g, b, tile, to, 3, 0); break;
        case 3 << 1 | 1: unpack_digits(g, b, tile, to, 3, 1); break;
        default: break;
    }
}

void lutra_install_vbmi(struct lutra_ops *ops) {
    fill_constants();
    ops->fast_layouts |= 1 << QUINT;
    ops->tables[QUINT] = tables_quint;
    ops->gemv[QUINT] = gemv_quint;
    ops->unpack[QUINT] = unpack_quint;
}
