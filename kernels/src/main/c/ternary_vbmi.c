/*
 * AVX-512 VBMI and GFNI: "quint" is looked up with vpermi2b. 122 magnitudes of five trits fit its table of 128 bytes, once for the low
 * and once for the high bytes of the sums; 1.6 bits per weight cost nine instructions per 320 multiply-adds.
 */
#include <string.h>

#include "ternary_avx512.h"

/* Bit 7 of every byte into all its bits. */
static inline __m512i signs(__m512i v) { return _mm512_gf2p8affine_epi64_epi8(v, _mm512_set1_epi8((char)0x80), 0); }

/* Trit c of the quintuple of magnitude i. */
static int8_t magnitude_trit(int32_t i, int32_t c) {
    int32_t trit = 0;
    for (int32_t n = 5; n > c; n--) {
        trit = (i + 1) % 3 - 1;
        i = (i - trit) / 3;
    }
    return (int8_t)trit;
}

/* patterns[c][h]: trit c of magnitudes 64 h to 64 h + 63. */
static void trit_patterns(__m512i patterns[5][2]) {
    _Alignas(64) int8_t p[128];
    for (int32_t c = 0; c < 5; c++) {
        for (int32_t i = 0; i < 128; i++) p[i] = i < 122 ? magnitude_trit(i, c) : 0;
        patterns[c][0] = _mm512_load_si512(p);
        patterns[c][1] = _mm512_load_si512(p + 64);
    }
}

static void tables_quint(const struct lutra_ternary *w, struct block b, const int8_t *x, void *tables) {
    (void)w;
    _Alignas(64) int16_t entry[5][128];
    for (int32_t c = 0; c < 5; c++)
        for (int32_t i = 0; i < 128; i++) entry[c][i] = i < 122 ? magnitude_trit(i, c) : 0;
    uint8_t *to = (uint8_t *)tables + (size_t)b.step * QUINT_TABLE;
    for (int32_t k = 0; k < b.columns; k += 5, to += QUINT_TABLE)
        for (int32_t h = 0; h < 2; h++) {
            __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
            for (int32_t c = 0; c < 5 && k + c < b.columns; c++) {
                const __m512i value = _mm512_set1_epi16(x[b.column + k + c]);
                for (int32_t j = 0; j < 2; j++)
                    sum[j] = _mm512_add_epi16(
                            sum[j], _mm512_mullo_epi16(value, _mm512_load_si512(entry[c] + 64 * h + 32 * j)));
            }
            for (int32_t j = 0; j < 2; j++) {
                _mm256_store_si256((__m256i *)(to + 64 * h + 32 * j), _mm512_cvtepi16_epi8(sum[j]));
                __m512i high = _mm512_srai_epi16(sum[j], 8);
                _mm256_store_si256((__m256i *)(to + 128 + 64 * h + 32 * j), _mm512_cvtepi16_epi8(high));
            }
        }
}

/*
 * A negative entry is added as its complement, which is one too little. How often that happens in a row depends on the weights alone: the
 * tile's header holds m * (1, 3 or 9) summed over the negative entries, and the sums begin with it.
 */
static inline void look_up(__m512i sums[2], const uint8_t *weights, const __m512i t[4]) {
    _mm_prefetch((const char *)weights + PREFETCH, _MM_HINT_T0);
    __m512i v = _mm512_load_si512(weights), sign = signs(v);
    __m512i low = _mm512_xor_si512(_mm512_permutex2var_epi8(t[0], v, t[1]), sign);
    __m512i high = _mm512_xor_si512(_mm512_permutex2var_epi8(t[2], v, t[3]), sign);
    sums[0] = _mm512_add_epi16(sums[0], _mm512_unpacklo_epi8(low, high));
    sums[1] = _mm512_add_epi16(sums[1], _mm512_unpackhi_epi8(low, high));
}

static inline __attribute__((always_inline)) void quint(
        const struct lutra_ternary *w, const void *tables, int32_t tile, int32_t tiles, int32_t digits, int32_t *sums) {
    const size_t stride = tile_bytes(w), step = 64 * digits;
    const uint8_t *weights = tile_weights(w, tile);
    for (int32_t t = 0; t < tiles; t++) memcpy(sums + t * TILE, tile_header(w, tile + t), TILE * sizeof *sums);
    for (int32_t i = 0, blocks = blocks_of(w); i < blocks; i++) {
        struct block b = block_at(w, i);
        __m512i acc[GEMV_TILES][3][2];
        for (int32_t t = 0; t < tiles; t++)
            for (int32_t d = 0; d < digits; d++)
                acc[t][d][0] = acc[t][d][1] = _mm512_setzero_si512();
        const uint8_t *at = weights + b.step * step, *table = (const uint8_t *)tables + (size_t)b.step * QUINT_TABLE;
        for (int32_t s = 0; s < b.steps; s++, at += step, table += QUINT_TABLE) {
            __m512i entries[4];
            for (int32_t j = 0; j < 4; j++) entries[j] = _mm512_load_si512(table + 64 * j);
#pragma GCC unroll 4
            for (int32_t t = 0; t < tiles; t++)
#pragma GCC unroll 3
                for (int32_t d = 0; d < digits; d++) look_up(acc[t][d], at + t * stride + 64 * d, entries);
        }
        for (int32_t t = 0; t < tiles; t++) join_tile(w, tile + t, b.group, digits, acc[t], sums + t * TILE);
    }
}

static void gemv_quint(const struct lutra_ternary *w, const void *tables, int32_t tile, int32_t tiles, int32_t *sums) {
    while (tiles > 0) {
        int32_t n = 1;
        if (w->digits == 1 && tiles >= 4) quint(w, tables, tile, n = 4, 1, sums);
        else if (tiles >= 2)
            if (w->digits == 1) quint(w, tables, tile, n = 2, 1, sums);
            else if (w->digits == 2) quint(w, tables, tile, n = 2, 2, sums);
            else quint(w, tables, tile, n = 2, 3, sums);
        else if (w->digits == 1) quint(w, tables, tile, 1, 1, sums);
        else if (w->digits == 2) quint(w, tables, tile, 1, 2, sums);
        else quint(w, tables, tile, 1, 3, sums);
        tile += n;
        tiles -= n;
        sums += n * TILE;
    }
}

/* Bytes times words in lane order: products fit int8. */
static inline __m512i scale_bytes(__m512i level, const __m512i m[2]) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i low = _mm512_srai_epi16(_mm512_unpacklo_epi8(zero, level), 8);
    __m512i high = _mm512_srai_epi16(_mm512_unpackhi_epi8(zero, level), 8);
    return _mm512_packs_epi16(_mm512_mullo_epi16(low, m[0]), _mm512_mullo_epi16(high, m[1]));
}

static void unpack_quint(const struct lutra_ternary *w, int32_t tile, struct block b, int32_t first, uint8_t *strip) {
    __m512i patterns[5][2], m[2];
    trit_patterns(patterns);
    int scaled = lane_scales(w, tile, b.group, m);
    const uint8_t *at = tile_weights(w, tile) + (size_t)b.step * step_bytes(w);
    uint8_t *to = strip + (size_t)(b.column - first) * TILE;
    for (int32_t k = 0; k < b.columns; k += 5, at += step_bytes(w))
        for (int32_t c = 0; c < 5 && k + c < b.columns; c++, to += TILE) {
            __m512i level = _mm512_setzero_si512();
            for (int32_t d = w->digits - 1; d >= 0; d--) {
                __m512i v = _mm512_load_si512(at + 64 * d), sign = signs(v);
                __m512i trit = _mm512_permutex2var_epi8(patterns[c][0], v, patterns[c][1]);
                trit = _mm512_sub_epi8(_mm512_xor_si512(trit, sign), sign);
                level = _mm512_add_epi8(trit, _mm512_add_epi8(level, _mm512_add_epi8(level, level)));
            }
            _mm512_store_si512(to, scaled ? scale_bytes(level, m) : level);
        }
}

void lutra_install_vbmi(struct lutra_ops *ops) {
    ops->fast_layouts |= 1 << QUINT;
    ops->tables[QUINT] = tables_quint;
    ops->gemv[QUINT] = gemv_quint;
    ops->unpack[QUINT] = unpack_quint;
}
