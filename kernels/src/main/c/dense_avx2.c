/* Float weights with AVX2, FMA and F16C. */
#include <immintrin.h>

#include "dense_types.h"

enum { WIDTH = 8 };

typedef __m256 vector;

static inline vector zero(void) { return _mm256_setzero_ps(); }

static inline vector load_x(const float *p) { return _mm256_loadu_ps(p); }

static inline vector fused(vector a, vector b, vector c) { return _mm256_fmadd_ps(a, b, c); }

static inline float total(vector v) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

static inline vector load_weights(int32_t type, const uint8_t *p) {
    if (type == F32) return _mm256_loadu_ps((const float *)p);
    __m128i v = _mm_loadu_si128((const __m128i *)p);
    return type == F16 ? _mm256_cvtph_ps(v) : _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
}

static inline vector load_x_part(const float *p, int32_t n) {
    float part[WIDTH] = {0};
    memcpy(part, p, n * sizeof *part);
    return load_x(part);
}

static inline vector load_part(int32_t type, const uint8_t *p, int32_t n) {
    uint8_t part[WIDTH * 4] = {0};
    memcpy(part, p, n * dense_bytes(type));
    return load_weights(type, part);
}

#include "dense_kernel.h"

void lutra_install_dense_avx2(struct lutra_ops *ops) { ops->dense = dense; }
