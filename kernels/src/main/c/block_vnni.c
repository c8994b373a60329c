/* Blocks of 32 weights with AVX-512 VNNI. */
#include <immintrin.h>

#include "block_types.h"

enum { ROWS = 16, STRETCH = 32 };

/* The levels of a block, plus STRIP_OFFSET. */
static inline __attribute__((always_inline)) __m256i levels(int32_t type, const uint8_t *block) {
    if (type == Q8_0) return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(block + 2)), _mm256_set1_epi8((char)0x80));
    __m128i packed = _mm_loadu_si128((const __m128i *)(block + 2));
    __m256i wide = _mm256_inserti128_si256(_mm256_castsi128_si256(packed), _mm_srli_epi16(packed, 4), 1);
    return _mm256_add_epi8(_mm256_and_si256(wide, _mm256_set1_epi8(15)), _mm256_set1_epi8(STRIP_OFFSET - 8));
}

/* Sums of four dwords each: from 128-bit lanes of a, b, c, d to dwords of one lane. */
static inline __m512i sum_lanes(__m512i a, __m512i b, __m512i c, __m512i d) {
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
}

/* The scales of up to STRETCH blocks of 16 rows, float16 [blocks][16]: gathered well before they are used as vectors. */
static inline void gather_scales(
        int32_t bytes, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t blocks, uint16_t to[][ROWS]) {
    for (int32_t r = 0; r < rows; r++, weights += row_bytes)
        for (int32_t b = 0; b < blocks; b++) to[b][r] = half_at(weights + b * bytes);
}

/*
 * A vector holds the blocks of row i and row i + 8; the sums of 8 vectors are brought into the order of rows, so that each row adds up its
 * blocks in one lane as block_gemm does.
 */
static inline __attribute__((always_inline)) __m512i sums16(
        int32_t type, const uint8_t *weights, size_t row_bytes, const int8_t *x) {
    const __m512i four = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)x));
    __m512i sum[8];
#pragma GCC unroll 8
    for (int32_t r = 0; r < 8; r++) {
        const uint8_t *low = weights + r * row_bytes, *high = low + 8 * row_bytes;
        __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(levels(type, low)), levels(type, high), 1);
        sum[r] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), both, four);
    }
    /* lanes 0, 1: rows 0-3 (4-7), lanes 2, 3: rows 8-11 (12-15) */
    __m512i first = sum_lanes(sum[0], sum[1], sum[2], sum[3]), second = sum_lanes(sum[4], sum[5], sum[6], sum[7]);
    __m512i even = _mm512_shuffle_i32x4(first, second, 0x88), odd = _mm512_shuffle_i32x4(first, second, 0xdd);
    __m512i total = _mm512_add_epi32(even, odd); /* rows 0-3, 8-11, 4-7, 12-15 */
    return _mm512_shuffle_i32x4(total, total, 0xd8);
}

static inline __attribute__((always_inline)) void rows16(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t blocks, const int8_t *x, const float *x_scales,
        const int32_t *x_sums, float *y) {
    const int32_t bytes = block_bytes(type);
    _Alignas(64) uint16_t halves[STRETCH][ROWS];
    const char *ahead = (const char *)weights + ROWS * row_bytes;
    __m512 acc = _mm512_setzero_ps();
    for (int32_t b = 0; b < blocks; b++, x += BLOCK, ahead += ROWS * bytes) {
        if (b % STRETCH == 0)
            gather_scales(bytes, weights + b * bytes, row_bytes, ROWS, smaller(STRETCH, blocks - b), halves);
        /* The next 16 rows follow these: as many bytes of them as are used here. */
        for (int32_t i = 0; i < bytes * ROWS; i += 64) _mm_prefetch(ahead + i, _MM_HINT_T1);
        __m512i sum = sums16(type, weights + b * bytes, row_bytes, x);
        sum = _mm512_sub_epi32(sum, _mm512_set1_epi32(STRIP_OFFSET * x_sums[b]));
        __m512 scale = _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)halves[b % STRETCH]));
        scale = _mm512_mul_ps(scale, _mm512_set1_ps(x_scales[b]));
        acc = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, acc);
    }
    _mm512_storeu_ps(y, acc);
}

/* Fewer than 16 rows, the last of a matrix, one after another. */
static void single_row(
        int32_t type, const uint8_t *weights, int32_t blocks, const int8_t *x, const float *x_scales, const int32_t *x_sums,
        float *y) {
    __m128 acc = _mm_setzero_ps();
    for (int32_t b = 0; b < blocks; b++, x += BLOCK, weights += block_bytes(type)) {
        __m256i four = _mm256_loadu_si256((const __m256i *)x);
        __m256i sum = _mm256_dpbusd_epi32(_mm256_setzero_si256(), levels(type, weights), four);
        __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
        int32_t total = _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1))) - STRIP_OFFSET * x_sums[b];
        __m128 scale = _mm_mul_ss(_mm_set_ss(half_to_float(half_at(weights))), _mm_set_ss(x_scales[b]));
        acc = _mm_fmadd_ss(_mm_cvtsi32_ss(acc, total), scale, acc);
    }
    _mm_store_ss(y, acc);
}

static void gemv(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t blocks, const int8_t *x,
        const float *x_scales, const int32_t *x_sums, float *y) {
    if (rows < ROWS)
        for (int32_t r = 0; r < rows; r++) single_row(type, weights + r * row_bytes, blocks, x, x_scales, x_sums, y + r);
    else if (type == Q8_0) rows16(Q8_0, weights, row_bytes, blocks, x, x_scales, x_sums, y);
    else rows16(Q4_0, weights, row_bytes, blocks, x, x_scales, x_sums, y);
}

static inline __attribute__((always_inline)) void tokens_of(
        const uint8_t *strip, const float *scales, int32_t blocks, int32_t tokens, const int8_t *x, const float *x_scales,
        const int32_t *x_sums, float *y) {
    const size_t stride = (size_t)blocks * BLOCK;
    __m512 acc[3][4];
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) acc[t][i] = _mm512_setzero_ps();
    for (int32_t b = 0; b < blocks; b++, scales += TILE) {
        __m512i sum[3][4];
        for (int32_t t = 0; t < tokens; t++)
            for (int32_t i = 0; i < 4; i++) sum[t][i] = _mm512_set1_epi32(-STRIP_OFFSET * x_sums[t * blocks + b]);
        for (int32_t q = 0; q < BLOCK / 4; q++, strip += 4 * TILE, x += 4) {
            __m512i v[4];
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++) v[i] = _mm512_load_si512(strip + 64 * i);
#pragma GCC unroll 3
            for (int32_t t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, x + t * stride, 4);
#pragma GCC unroll 4
                for (int32_t i = 0; i < 4; i++) sum[t][i] = _mm512_dpbusd_epi32(sum[t][i], v[i], _mm512_set1_epi32(four));
            }
        }
#pragma GCC unroll 3
        for (int32_t t = 0; t < tokens; t++) {
            const __m512 x_scale = _mm512_set1_ps(x_scales[t * blocks + b]);
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++) {
                __m512 scale = _mm512_mul_ps(_mm512_load_ps(scales + 16 * i), x_scale);
                acc[t][i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[t][i]), scale, acc[t][i]);
            }
        }
    }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) _mm512_store_ps(y + t * TILE + 16 * i, acc[t][i]);
}

static void gemm(
        const uint8_t *strip, const float *scales, int32_t blocks, int32_t tokens, const int8_t *x, const float *x_scales,
        const int32_t *x_sums, float *y) {
    for (; tokens >= 3; tokens -= 3, x += 3 * blocks * BLOCK, x_scales += 3 * blocks, x_sums += 3 * blocks, y += 3 * TILE)
        tokens_of(strip, scales, blocks, 3, x, x_scales, x_sums, y);
    if (tokens == 2) tokens_of(strip, scales, blocks, 2, x, x_scales, x_sums, y);
    else if (tokens == 1) tokens_of(strip, scales, blocks, 1, x, x_scales, x_sums, y);
}

static void quantize(const float *x, int32_t blocks, int8_t *values, float *scales, int32_t *sums) {
    for (int32_t b = 0; b < blocks; b++, x += BLOCK, values += BLOCK) {
        __m512 low = _mm512_loadu_ps(x), high = _mm512_loadu_ps(x + 16);
        float most = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
        const __m512 factor = _mm512_set1_ps(most > 0 ? 127 / most : 0);
        __m512i q0 = _mm512_cvtps_epi32(_mm512_mul_ps(low, factor)), q1 = _mm512_cvtps_epi32(_mm512_mul_ps(high, factor));
        _mm_storeu_si128((__m128i *)values, _mm512_cvtsepi32_epi8(q0));
        _mm_storeu_si128((__m128i *)(values + 16), _mm512_cvtsepi32_epi8(q1));
        scales[b] = most / 127;
        sums[b] = _mm512_reduce_add_epi32(_mm512_add_epi32(q0, q1));
    }
}

void lutra_install_block_vnni(struct lutra_ops *ops) {
    ops->block_quantize = quantize;
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}
