/* Float weights with AVX-512. */
#include <immintrin.h>

#include "dense_types.h"

enum { WIDTH = 16 };

typedef __m512 vector;

static inline vector zero(void) { return _mm512_setzero_ps(); }

static inline vector load_x(const float *p) { return _mm512_loadu_ps(p); }

static inline __mmask16 lanes(int32_t n) { return (__mmask16)((1u << n) - 1); }

static inline vector load_x_part(const float *p, int32_t n) { return _mm512_maskz_loadu_ps(lanes(n), p); }

static inline vector fused(vector a, vector b, vector c) { return _mm512_fmadd_ps(a, b, c); }

static inline float total(vector v) { return _mm512_reduce_add_ps(v); }

static inline vector widen(int32_t type, __m256i v) {
    return type == F16 ? _mm512_cvtph_ps(v) : _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
}

static inline vector load_weights(int32_t type, const uint8_t *p) {
    return type == F32 ? _mm512_loadu_ps((const float *)p) : widen(type, _mm256_loadu_si256((const __m256i *)p));
}

static inline vector load_part(int32_t type, const uint8_t *p, int32_t n) {
    return type == F32 ? _mm512_maskz_loadu_ps(lanes(n), p) : widen(type, _mm256_maskz_loadu_epi16(lanes(n), p));
}

#include "dense_kernel.h"

void lutra_install_dense_avx512(struct lutra_ops *ops) { ops->dense = dense; }
