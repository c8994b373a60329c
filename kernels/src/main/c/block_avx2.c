/* Weights in blocks with AVX2 and FMA: magnitudes of weights times activations with the weights' signs. */
#include <immintrin.h>

#include "block_types.h"

static inline __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

static inline __m256i nibbles(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }

/* Levels 32 i to 32 i + 31 of a block, without their offset. */
static inline __attribute__((always_inline)) __m256i levels_of(int32_t type, const uint8_t *block, int32_t i) {
    if (type == Q8_0) return load(block + 2);
    if (type == Q4_0) {
        const __m128i packed = _mm_loadu_si128((const __m128i *)(block + 2));
        return _mm256_sub_epi8(nibbles(_mm256_set_m128i(_mm_srli_epi16(packed, 4), packed)), _mm256_set1_epi8(8));
    }
    if (type == Q4_K) {
        const __m256i packed = load(block + 16 + i / 2 * 32);
        return nibbles(i % 2 ? _mm256_srli_epi16(packed, 4) : packed);
    }
    const __m256i low = load(block + i / 4 * 64 + i % 2 * 32), high = load(block + 128 + i / 4 * 32);
    const __m256i top = _mm256_and_si256(_mm256_srl_epi16(high, _mm_cvtsi32_si128(i % 4 * 2)), _mm256_set1_epi8(3));
    const __m256i level = _mm256_or_si256(
            nibbles(i % 4 < 2 ? low : _mm256_srli_epi16(low, 4)), _mm256_slli_epi16(top, 4));
    return _mm256_sub_epi8(level, _mm256_set1_epi8(32));
}

/* Products of four columns in each dword. Neither step can overflow: 2 * 128 * 127 fits 16 bits. */
static inline __m256i dots(__m256i magnitude, __m256i sign, __m256i x) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(x, sign)), _mm256_set1_epi16(1));
}

/* One float16 of each of four rows. */
static inline __m128 row_factors(const uint8_t *const rows[4], size_t at) {
    const uint64_t four = (uint64_t)half_at(rows[0] + at) | (uint64_t)half_at(rows[1] + at) << 16
                          | (uint64_t)half_at(rows[2] + at) << 32 | (uint64_t)half_at(rows[3] + at) << 48;
    return _mm_cvtph_ps(_mm_cvtsi64_si128((int64_t)four));
}

/* Scales of the sub-blocks of one block of four rows. */
struct row_scales {
    __m128 scales[MOST_SUBS], mins[MOST_SUBS];
};

/* Four bytes of each of four rows, turned: byte 4 s + r is byte s of row r. */
static inline __m128i turn(const uint8_t *const rows[4], size_t at) {
    const __m128i ab = _mm_unpacklo_epi8(_mm_loadu_si32(rows[0] + at), _mm_loadu_si32(rows[1] + at));
    const __m128i cd = _mm_unpacklo_epi8(_mm_loadu_si32(rows[2] + at), _mm_loadu_si32(rows[3] + at));
    return _mm_unpacklo_epi16(ab, cd);
}

static inline __attribute__((always_inline)) void scales_of(
        int32_t type, const uint8_t *const rows[4], size_t at, struct row_scales *to) {
    if (type == Q4_K) {
        const __m128 d = row_factors(rows, at), least = row_factors(rows, at + 2);
        uint8_t s[4][8], m[4][8];
        const uint8_t *const scales[4] = {s[0], s[1], s[2], s[3]}, *const mins[4] = {m[0], m[1], m[2], m[3]};
        for (int32_t r = 0; r < 4; r++) block_six_bits(rows[r] + at + 4, s[r], m[r]);
        for (int32_t h = 0; h < 2; h++) {
            __m128i a = turn(scales, 4 * h), b = turn(mins, 4 * h);
            for (int32_t i = 0; i < 4; i++, a = _mm_srli_si128(a, 4), b = _mm_srli_si128(b, 4)) {
                to->scales[4 * h + i] = _mm_mul_ps(d, _mm_cvtepi32_ps(_mm_cvtepu8_epi32(a)));
                to->mins[4 * h + i] = _mm_mul_ps(least, _mm_cvtepi32_ps(_mm_cvtepu8_epi32(b)));
            }
        }
    } else if (type == Q6_K) {
        const __m128 d = row_factors(rows, at + 208);
        for (int32_t h = 0; h < 4; h++) {
            __m128i a = turn(rows, at + 192 + 4 * h);
            for (int32_t i = 0; i < 4; i++, a = _mm_srli_si128(a, 4))
                to->scales[4 * h + i] = _mm_mul_ps(d, _mm_cvtepi32_ps(_mm_cvtepi8_epi32(a)));
        }
    } else to->scales[0] = row_factors(rows, at);
}

/* Each row adds up its sub-blocks in one lane as gemm does. */
static inline __attribute__((always_inline)) __m128 four_rows(
        int32_t type, const uint8_t *const rows[4], int32_t columns, struct block_x x) {
    const struct block_format format = block_format(type);
    struct row_scales parts;
    __m128 acc = _mm_setzero_ps();
    size_t at = 0;
    for (int32_t first = 0; first < columns; first += format.columns, at += format.bytes) {
        scales_of(type, rows, at, &parts);
#pragma GCC unroll 8
        for (int32_t i = 0; i < format.columns / BLOCK; i++) {
            const int32_t k = first + i * BLOCK;
            const __m256i v = _mm256_loadu_si256((const __m256i *)(x.values + k));
            const __m128 x_scale = _mm_set1_ps(x.scales[k / BLOCK]);
            __m256i sum[4];
#pragma GCC unroll 4
            for (int32_t r = 0; r < 4; r++) {
                __builtin_prefetch(rows[r] + at + 2048, 0, 3);
                const __m256i w = levels_of(type, rows[r] + at, i);
                sum[r] = dots(_mm256_abs_epi8(w), w, v);
            }
            const __m256i halves = _mm256_hadd_epi32(_mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
            const __m128i low = _mm256_castsi256_si128(halves), high = _mm256_extracti128_si256(halves, 1);
            if (type == Q6_K) {
                acc = _mm_fmadd_ps(_mm_cvtepi32_ps(low), _mm_mul_ps(parts.scales[2 * i], x_scale), acc);
                acc = _mm_fmadd_ps(_mm_cvtepi32_ps(high), _mm_mul_ps(parts.scales[2 * i + 1], x_scale), acc);
                continue;
            }
            const __m128 exact = _mm_cvtepi32_ps(_mm_add_epi32(low, high));
            if (type == Q4_K) {
                const float x_sum = (float)(x.sums[k / PART] + x.sums[k / PART + 1]);
                const __m128 min = _mm_mul_ps(parts.mins[i], _mm_set1_ps(x_sum));
                acc = _mm_fmadd_ps(_mm_fmsub_ps(exact, parts.scales[i], min), x_scale, acc);
            } else acc = _mm_fmadd_ps(exact, _mm_mul_ps(parts.scales[0], x_scale), acc);
        }
    }
    return acc;
}

/* Memory delivers four streams faster than one: a row of each quarter goes together. */
static inline __attribute__((always_inline)) void quarters(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, struct block_x x, float *y) {
    const int32_t quarter = rows / 4;
    float out[4];
    for (int32_t r = 0; r < quarter; r++) {
        const uint8_t *p = weights + r * row_bytes, *const four[4] = {
                p, p + quarter * row_bytes, p + 2 * quarter * row_bytes, p + 3 * quarter * row_bytes};
        _mm_storeu_ps(out, four_rows(type, four, columns, x));
        for (int32_t i = 0; i < 4; i++) y[r + i * quarter] = out[i];
    }
    for (int32_t r = 4 * quarter; r < rows; r++) {
        const uint8_t *p = weights + r * row_bytes, *const four[4] = {p, p, p, p};
        y[r] = _mm_cvtss_f32(four_rows(type, four, columns, x));
    }
}

static void gemv(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, struct block_x x, float *y) {
    switch (type) {
        case Q4_0: quarters(Q4_0, weights, row_bytes, rows, columns, x, y); break;
        case Q4_K: quarters(Q4_K, weights, row_bytes, rows, columns, x, y); break;
        case Q6_K: quarters(Q6_K, weights, row_bytes, rows, columns, x, y); break;
        default: quarters(Q8_0, weights, row_bytes, rows, columns, x, y); break;
    }
}

/* 8 rows of the strip from row `row` on, up to four tokens. */
static inline __attribute__((always_inline)) void eight_rows(
        const struct block_strip *strip, int32_t sub, int32_t mins, int32_t row, int32_t tokens, struct block_x x, float *y) {
    const int32_t columns = strip->columns;
    const uint8_t *levels = strip->levels + 4 * row;
    __m256 acc[4];
    for (int32_t t = 0; t < tokens; t++) acc[t] = _mm256_setzero_ps();
    for (int32_t k = 0; k < columns; k += sub) {
        __m256i sum[4];
        for (int32_t t = 0; t < tokens; t++) sum[t] = _mm256_setzero_si256();
        for (int32_t q = k; q < k + sub; q += 4, levels += 4 * TILE) {
            const __m256i w = _mm256_xor_si256(load(levels), _mm256_set1_epi8((char)STRIP_OFFSET));
            const __m256i magnitude = _mm256_abs_epi8(w);
#pragma GCC unroll 4
            for (int32_t t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, x.values + (size_t)t * columns + q, 4);
                sum[t] = _mm256_add_epi32(sum[t], dots(magnitude, w, _mm256_set1_epi32(four)));
            }
        }
        const __m256 scale = _mm256_loadu_ps(strip->scales + k / sub * TILE + row);
#pragma GCC unroll 4
        for (int32_t t = 0; t < tokens; t++) {
            const size_t at = (size_t)t * columns + k;
            const __m256 exact = _mm256_cvtepi32_ps(sum[t]), x_scale = _mm256_set1_ps(x.scales[at / BLOCK]);
            if (mins) {
                const __m256 least = _mm256_loadu_ps(strip->mins + k / sub * TILE + row);
                const __m256 x_sum = _mm256_set1_ps((float)(x.sums[at / PART] + x.sums[at / PART + 1]));
                acc[t] = _mm256_fmadd_ps(_mm256_fmsub_ps(exact, scale, _mm256_mul_ps(least, x_sum)), x_scale, acc[t]);
            } else acc[t] = _mm256_fmadd_ps(exact, _mm256_mul_ps(scale, x_scale), acc[t]);
        }
    }
    for (int32_t t = 0; t < tokens; t++) _mm256_storeu_ps(y + t * TILE + row, acc[t]);
}

static inline __attribute__((always_inline)) void all_tokens(
        const struct block_strip *strip, int32_t sub, int32_t mins, int32_t tokens, struct block_x x, float *y) {
    for (; tokens >= 4; tokens -= 4, x = block_x_next(x, strip->columns, 4), y += 4 * TILE)
        for (int32_t row = 0; row < TILE; row += 8) eight_rows(strip, sub, mins, row, 4, x, y);
    for (; tokens > 0; tokens--, x = block_x_next(x, strip->columns, 1), y += TILE)
        for (int32_t row = 0; row < TILE; row += 8) eight_rows(strip, sub, mins, row, 1, x, y);
}

static void gemm(const struct block_strip *strip, int32_t tokens, struct block_x x, float *y) {
    if (strip->sub == PART) all_tokens(strip, PART, 0, tokens, x, y);
    else if (strip->mins) all_tokens(strip, BLOCK, 1, tokens, x, y);
    else all_tokens(strip, BLOCK, 0, tokens, x, y);
}

void lutra_install_block_avx2(struct lutra_ops *ops) {
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}
