/* What the float kernels are written in: AVX2, FMA and F16C. */
#include <immintrin.h>

enum { WIDTH = 8, VECTORS = 2 };

typedef __m256 vector;

static inline vector zero(void) { return _mm256_setzero_ps(); }

static inline vector splat(float v) { return _mm256_set1_ps(v); }

static inline vector load(const float *p) { return _mm256_loadu_ps(p); }

static inline void store(float *p, vector v) { _mm256_storeu_ps(p, v); }

static inline vector product(vector a, vector b) { return _mm256_mul_ps(a, b); }

static inline vector fused(vector a, vector b, vector c) { return _mm256_fmadd_ps(a, b, c); }

static inline vector sum_of(vector a, vector b) { return _mm256_add_ps(a, b); }

static inline vector larger(vector a, vector b) { return _mm256_max_ps(a, b); }

static inline float total(vector v) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

static inline float largest(vector v) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

static inline vector load_halves(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }

static inline vector load_bytes(const uint8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

/* to[c][r] = from[r][c], 4 x 4. */
static inline void transpose_four(const float *from, int64_t stride, float *to, int64_t to_stride) {
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + stride), c = _mm_loadu_ps(from + 2 * stride);
    __m128 d = _mm_loadu_ps(from + 3 * stride);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + to_stride, b);
    _mm_storeu_ps(to + 2 * to_stride, c);
    _mm_storeu_ps(to + 3 * to_stride, d);
}
