/* Weights in blocks with AVX-512 VNNI. */
#include <immintrin.h>

#include "block_types.h"

/* Sums of four dwords each: from 128-bit lanes of a, b, c, d to dwords of one lane. */
static inline __m512i sum_lanes(const __m512i v[4]) {
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(v[2], v[3]), _mm512_unpackhi_epi32(v[2], v[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
}

static inline __m512i dots(__m512i levels, __m512i x) { return _mm512_dpbusd_epi32(_mm512_setzero_si512(), levels, x); }

/* Bits above `shift` of every byte, a shift for each 128-bit lane; what comes in from the neighbour is to be masked. */
static inline __m512i shift_lanes(__m512i v, int32_t a, int32_t b, int32_t c, int32_t d) {
    const __m512i by = _mm512_inserti64x4(
            _mm512_castsi256_si512(_mm256_set_m128i(_mm_set1_epi16((int16_t)b), _mm_set1_epi16((int16_t)a))),
            _mm256_set_m128i(_mm_set1_epi16((int16_t)d), _mm_set1_epi16((int16_t)c)), 1);
    return _mm512_srlv_epi16(v, by);
}

static inline __m512i nibbles(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }

static inline __m512i load_twice(const uint8_t *p) { return _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)p)); }

static inline __m512i q8_pair(const uint8_t *p, const uint8_t *q) {
    __m512i both = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)p));
    both = _mm512_mask_broadcast_i64x4(both, 0xf0, _mm256_loadu_si256((const __m256i *)q));
    return _mm512_xor_si512(both, _mm512_set1_epi8((char)0x80));
}

static inline __m512i q4_pair(const uint8_t *p, const uint8_t *q) {
    __m512i both = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)p));
    both = _mm512_mask_broadcast_i32x4(both, 0xff00, _mm_loadu_si128((const __m128i *)q));
    return nibbles(shift_lanes(both, 0, 4, 0, 4));
}

/* 64 columns of a block of Q6_K, of which there are four. */
static inline __m512i q6_quarter(const uint8_t *block, int32_t quarter) {
    const __m512i low = _mm512_loadu_si512(block + quarter / 2 * 64), high = load_twice(block + 128 + quarter / 2 * 32);
    __m512i top = quarter % 2 ? shift_lanes(high, 4, 4, 6, 6) : shift_lanes(high, 0, 0, 2, 2);
    top = _mm512_slli_epi16(_mm512_and_si512(top, _mm512_set1_epi8(3)), 4);
    return _mm512_or_si512(nibbles(quarter % 2 ? _mm512_srli_epi16(low, 4) : low), top);
}

/* What a step works on: four sub-blocks of four rows. Dword 4 s + r belongs to sub-block s of row r. */
struct step {
    __m512i sums;
    __m512 scales, mins;
};

/* The float16 at `first` and the three that follow it `apart` bytes from one another, of four rows. */
static inline __m512 row_scales(const uint8_t *const rows[4], int32_t first, int32_t apart) {
    __m128i low = _mm_setzero_si128(), high = low;
#pragma GCC unroll 4
    for (int32_t r = 0; r < 4; r++) {
        const uint8_t *p = rows[r] + first;
        switch (r) {
#define ROW(r)                                                \
    case r:                                                   \
        low = _mm_insert_epi16(low, half_at(p), r);           \
        low = _mm_insert_epi16(low, half_at(p + apart), 4 + r); \
        high = _mm_insert_epi16(high, half_at(p + 2 * apart), r); \
        high = _mm_insert_epi16(high, half_at(p + 3 * apart), 4 + r); \
        break;
            ROW(0) ROW(1) ROW(2) ROW(3)
#undef ROW
        }
    }
    return _mm512_cvtph_ps(_mm256_set_m128i(high, low));
}

/* One float16 of each of four rows, for every sub-block. */
static inline __m512 row_factors(const uint8_t *const rows[4], int32_t at) {
    uint64_t four = (uint64_t)half_at(rows[0] + at) | (uint64_t)half_at(rows[1] + at) << 16
                    | (uint64_t)half_at(rows[2] + at) << 32 | (uint64_t)half_at(rows[3] + at) << 48;
    return _mm512_broadcast_f32x4(_mm_cvtph_ps(_mm_cvtsi64_si128((int64_t)four)));
}

/* Pairs of blocks a and b: their sums take two 128-bit lanes each. */
static inline __m512i join_lanes(const __m512i a[4], const __m512i b[4]) {
    const __m512i first = sum_lanes(a), second = sum_lanes(b);
    return _mm512_add_epi32(_mm512_shuffle_i32x4(first, second, 0x88), _mm512_shuffle_i32x4(first, second, 0xdd));
}

/* Steps of a block; those types whose blocks are shorter take four blocks per step. */
static inline int32_t steps_of_block(int32_t type) { return type == Q4_K ? 2 : type == Q6_K ? 4 : 1; }

/* Step i of a block, or of four, that begin at `at` in every row: 128 columns, of Q6_K 64. */
static inline __attribute__((always_inline)) struct step take_step(
        int32_t type, const uint8_t *const rows[4], size_t at, int32_t i, const int8_t *x) {
    const __m512i x0 = _mm512_loadu_si512(x), x1 = type == Q6_K ? x0 : _mm512_loadu_si512(x + 64);
    __m512i a[4], b[4];
    struct step step = {.mins = _mm512_setzero_ps()};
    if (type == Q8_0 || type == Q4_0) {
        const int32_t bytes = type == Q8_0 ? 34 : 18;
#pragma GCC unroll 4
        for (int32_t r = 0; r < 4; r++) {
            const uint8_t *p = rows[r] + at + 2;
            a[r] = dots(type == Q8_0 ? q8_pair(p, p + bytes) : q4_pair(p, p + bytes), x0);
            b[r] = dots(type == Q8_0 ? q8_pair(p + 2 * bytes, p + 3 * bytes) : q4_pair(p + 2 * bytes, p + 3 * bytes), x1);
        }
        step.sums = join_lanes(a, b);
        const uint8_t *const scaled[4] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};
        step.scales = row_scales(scaled, 0, bytes);
    } else if (type == Q4_K) {
        __m128i scales[4], mins[4];
#pragma GCC unroll 4
        for (int32_t r = 0; r < 4; r++) {
            const uint8_t *block = rows[r] + at, *p = block + 16 + i * 64;
            uint8_t s[8], m[8];
            a[r] = dots(nibbles(shift_lanes(load_twice(p), 0, 0, 4, 4)), x0);
            b[r] = dots(nibbles(shift_lanes(load_twice(p + 32), 0, 0, 4, 4)), x1);
            block_six_bits(block + 4, s, m);
            scales[r] = _mm_loadu_si32(s + i * 4);
            mins[r] = _mm_loadu_si32(m + i * 4);
        }
        step.sums = join_lanes(a, b);
        const uint8_t *const blocks[4] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};
        const __m128i s = _mm_unpacklo_epi16(_mm_unpacklo_epi8(scales[0], scales[1]), _mm_unpacklo_epi8(scales[2], scales[3]));
        const __m128i m = _mm_unpacklo_epi16(_mm_unpacklo_epi8(mins[0], mins[1]), _mm_unpacklo_epi8(mins[2], mins[3]));
        step.scales = _mm512_mul_ps(row_factors(blocks, 0), _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(s)));
        step.mins = _mm512_mul_ps(row_factors(blocks, 2), _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(m)));
    } else {
        __m128i scales[4];
#pragma GCC unroll 4
        for (int32_t r = 0; r < 4; r++) {
            a[r] = dots(q6_quarter(rows[r] + at, i), x0);
            scales[r] = _mm_loadu_si32(rows[r] + at + 192 + i * 4);
        }
        step.sums = sum_lanes(a);
        const uint8_t *const blocks[4] = {rows[0] + at, rows[1] + at, rows[2] + at, rows[3] + at};
        const __m128i s = _mm_unpacklo_epi16(_mm_unpacklo_epi8(scales[0], scales[1]), _mm_unpacklo_epi8(scales[2], scales[3]));
        step.scales = _mm512_mul_ps(row_factors(blocks, 208), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(s)));
    }
    return step;
}

/* Four numbers, each in a 128-bit lane of its own. */
static inline __m512i spread(__m512i v) {
    return _mm512_permutexvar_epi32(_mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0), v);
}

/* Eight numbers: the sums of pairs. */
static inline __m512i spread_pairs(__m512i v) {
    const __m512i even = _mm512_permutexvar_epi32(_mm512_set_epi32(6, 6, 6, 6, 4, 4, 4, 4, 2, 2, 2, 2, 0, 0, 0, 0), v);
    return _mm512_add_epi32(
            even, _mm512_permutexvar_epi32(_mm512_set_epi32(7, 7, 7, 7, 5, 5, 5, 5, 3, 3, 3, 3, 1, 1, 1, 1), v));
}

static inline __attribute__((always_inline)) __m128 add_step(
        int32_t type, struct step step, const float *x_scales, const int32_t *x_sums, __m128 acc) {
    const int32_t offset_bits = type == Q8_0 ? 7 : type == Q4_0 ? 3 : 5;
    __m512i sum;
    __m512 x_scale;
    if (type == Q6_K) {
        const __m128 two = _mm_castpd_ps(_mm_load_sd((const double *)x_scales));
        sum = spread(_mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)x_sums)));
        x_scale = _mm512_castsi512_ps(spread(_mm512_castsi128_si512(_mm_castps_si128(_mm_unpacklo_ps(two, two)))));
    } else {
        sum = spread_pairs(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)x_sums)));
        x_scale = _mm512_castsi512_ps(spread(_mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)x_scales))));
    }
    __m512 value, factor;
    if (type == Q4_K) {
        value = _mm512_fmsub_ps(
                _mm512_cvtepi32_ps(step.sums), step.scales, _mm512_mul_ps(step.mins, _mm512_cvtepi32_ps(sum)));
        factor = x_scale;
    } else {
        value = _mm512_cvtepi32_ps(_mm512_sub_epi32(step.sums, _mm512_slli_epi32(sum, offset_bits)));
        factor = _mm512_mul_ps(step.scales, x_scale);
    }
    acc = _mm_fmadd_ps(_mm512_castps512_ps128(value), _mm512_castps512_ps128(factor), acc);
    acc = _mm_fmadd_ps(_mm512_extractf32x4_ps(value, 1), _mm512_extractf32x4_ps(factor, 1), acc);
    acc = _mm_fmadd_ps(_mm512_extractf32x4_ps(value, 2), _mm512_extractf32x4_ps(factor, 2), acc);
    return _mm_fmadd_ps(_mm512_extractf32x4_ps(value, 3), _mm512_extractf32x4_ps(factor, 3), acc);
}

/* Q4_0 and Q8_0 may end with up to three blocks that fill no step. */
static float add_rest(int32_t type, const uint8_t *row, int32_t from, int32_t columns, struct block_x x, float acc) {
    const struct block_format format = block_format(type);
    struct block_parts parts;
    for (int32_t k = from; k < columns; k += BLOCK) {
        block_take_apart(type, row + (size_t)(k / BLOCK) * format.bytes, &parts);
        int32_t sum = -STRIP_OFFSET * (x.sums[k / PART] + x.sums[k / PART + 1]);
        for (int32_t i = 0; i < BLOCK; i++) sum += parts.levels[i] * x.values[k + i];
        acc = __builtin_fmaf((float)sum, parts.scales[0] * x.scales[k / BLOCK], acc);
    }
    return acc;
}

static inline __attribute__((always_inline)) void four_rows(
        int32_t type, const uint8_t *const rows[4], int32_t columns, struct block_x x, float y[4]) {
    const int32_t steps = steps_of_block(type), width = type == Q6_K ? 64 : 128, blocks = columns / (steps * width);
    const size_t bytes = (size_t)steps * width / block_format(type).columns * block_format(type).bytes;
    __m128 acc = _mm_setzero_ps();
    for (int32_t b = 0; b < blocks; b++)
#pragma GCC unroll 4
        for (int32_t i = 0; i < steps; i++) {
            const int32_t k = (b * steps + i) * width;
            const struct step step = take_step(type, rows, b * bytes, i, x.values + k);
            acc = add_step(type, step, x.scales + k / BLOCK, x.sums + k / PART, acc);
        }
    _mm_storeu_ps(y, acc);
    const int32_t done = blocks * steps * width;
    if (done < columns)
        for (int32_t r = 0; r < 4; r++) y[r] = add_rest(type, rows[r], done, columns, x, y[r]);
}

/* Memory delivers four streams faster than one: a row of each quarter goes together. */
static inline __attribute__((always_inline)) void quarters(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, struct block_x x, float *y) {
    const int32_t quarter = rows / 4;
    float out[4];
    for (int32_t r = 0; r < quarter; r++) {
        const uint8_t *p = weights + r * row_bytes, *const four[4] = {
                p, p + quarter * row_bytes, p + 2 * quarter * row_bytes, p + 3 * quarter * row_bytes};
        four_rows(type, four, columns, x, out);
        for (int32_t i = 0; i < 4; i++) y[r + i * quarter] = out[i];
    }
    for (int32_t r = 4 * quarter; r < rows; r++) {
        const uint8_t *p = weights + r * row_bytes, *const four[4] = {p, p, p, p};
        four_rows(type, four, columns, x, out);
        y[r] = out[0];
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

/* y += columns [from, to) of the strip times x; the first columns set y. */
static inline __attribute__((always_inline)) void tokens_of(
        const struct block_strip *strip, int32_t sub, int32_t mins, int32_t from, int32_t to, int32_t tokens, struct block_x x,
        float *y) {
    const int32_t columns = strip->columns;
    const uint8_t *levels = strip->levels + (size_t)from * TILE;
    __m512 acc[3][4];
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) acc[t][i] = from ? _mm512_load_ps(y + t * TILE + 16 * i) : _mm512_setzero_ps();
    for (int32_t k = from; k < to; k += sub) {
        __m512i sum[3][4];
        int32_t x_sums[3];
        for (int32_t t = 0; t < tokens; t++) {
            const int32_t *at = x.sums + ((size_t)t * columns + k) / PART;
            x_sums[t] = at[0] + (sub == BLOCK ? at[1] : 0);
            for (int32_t i = 0; i < 4; i++) sum[t][i] = _mm512_set1_epi32(-STRIP_OFFSET * x_sums[t]);
        }
        for (int32_t q = k; q < k + sub; q += 4, levels += 4 * TILE) {
            __m512i v[4];
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++) v[i] = _mm512_load_si512(levels + 64 * i);
#pragma GCC unroll 3
            for (int32_t t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, x.values + (size_t)t * columns + q, 4);
#pragma GCC unroll 4
                for (int32_t i = 0; i < 4; i++) sum[t][i] = _mm512_dpbusd_epi32(sum[t][i], v[i], _mm512_set1_epi32(four));
            }
        }
        const float *scales = strip->scales + k / sub * TILE, *least = mins ? strip->mins + k / sub * TILE : NULL;
#pragma GCC unroll 3
        for (int32_t t = 0; t < tokens; t++) {
            const __m512 x_scale = _mm512_set1_ps(x.scales[((size_t)t * columns + k) / BLOCK]);
            const __m512 x_sum = _mm512_set1_ps((float)x_sums[t]);
#pragma GCC unroll 4
            for (int32_t i = 0; i < 4; i++) {
                const __m512 exact = _mm512_cvtepi32_ps(sum[t][i]), scale = _mm512_load_ps(scales + 16 * i);
                if (mins) {
                    const __m512 min = _mm512_mul_ps(_mm512_load_ps(least + 16 * i), x_sum);
                    acc[t][i] = _mm512_fmadd_ps(_mm512_fmsub_ps(exact, scale, min), x_scale, acc[t][i]);
                } else acc[t][i] = _mm512_fmadd_ps(exact, _mm512_mul_ps(scale, x_scale), acc[t][i]);
            }
        }
    }
    for (int32_t t = 0; t < tokens; t++)
        for (int32_t i = 0; i < 4; i++) _mm512_store_ps(y + t * TILE + 16 * i, acc[t][i]);
}

/* So many columns of 64 rows stay in the nearest cache, with what 48 tokens have there, while all tokens pass. */
enum { CHUNK = 128 };

static inline __attribute__((always_inline)) void all_tokens(
        const struct block_strip *strip, int32_t sub, int32_t mins, int32_t tokens, struct block_x x, float *y) {
    for (int32_t from = 0, to; from < strip->columns; from = to) {
        to = smaller(from + CHUNK, strip->columns);
        int32_t t = 0;
        for (; t + 3 <= tokens; t += 3)
            tokens_of(strip, sub, mins, from, to, 3, block_x_next(x, strip->columns, t), y + t * TILE);
        for (; t < tokens; t++)
            tokens_of(strip, sub, mins, from, to, 1, block_x_next(x, strip->columns, t), y + t * TILE);
    }
}

static void gemm(const struct block_strip *strip, int32_t tokens, struct block_x x, float *y) {
    if (strip->sub == PART) all_tokens(strip, PART, 0, tokens, x, y);
    else if (strip->mins) all_tokens(strip, BLOCK, 1, tokens, x, y);
    else all_tokens(strip, BLOCK, 0, tokens, x, y);
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
        sums[2 * b] = _mm512_reduce_add_epi32(q0);
        sums[2 * b + 1] = _mm512_reduce_add_epi32(q1);
    }
}

void lutra_install_block_vnni(struct lutra_ops *ops) {
    ops->block_quantize = quantize;
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}
