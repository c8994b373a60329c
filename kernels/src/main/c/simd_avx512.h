/* What the float kernels are written in: AVX-512. */
#include <immintrin.h>

enum { WIDTH = 16, VECTORS = 4 };

typedef __m512 vector;

static inline vector zero(void) { return _mm512_setzero_ps(); }

static inline vector splat(float v) { return _mm512_set1_ps(v); }

static inline vector load(const float *p) { return _mm512_loadu_ps(p); }

static inline void store(float *p, vector v) { _mm512_storeu_ps(p, v); }

static inline vector product(vector a, vector b) { return _mm512_mul_ps(a, b); }

static inline vector fused(vector a, vector b, vector c) { return _mm512_fmadd_ps(a, b, c); }

static inline vector sum_of(vector a, vector b) { return _mm512_add_ps(a, b); }

static inline vector larger(vector a, vector b) { return _mm512_max_ps(a, b); }

static inline float total(vector v) { return _mm512_reduce_add_ps(v); }

static inline float largest(vector v) { return _mm512_reduce_max_ps(v); }

static inline vector load_halves(const uint8_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }

static inline vector load_bytes(const uint8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
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
