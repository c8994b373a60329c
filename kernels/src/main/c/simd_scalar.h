/* What the float kernels are written in: one number at a time. */
#include "half.h"

enum { WIDTH = 1, VECTORS = 4 };

typedef float vector;

static inline vector zero(void) { return 0; }

static inline vector splat(float v) { return v; }

static inline vector load(const float *p) { return *p; }

static inline void store(float *p, vector v) { *p = v; }

static inline vector product(vector a, vector b) { return a * b; }

static inline vector fused(vector a, vector b, vector c) { return a * b + c; }

static inline vector sum_of(vector a, vector b) { return a + b; }

static inline vector larger(vector a, vector b) { return a > b ? a : b; }

static inline float total(vector v) { return v; }

static inline float largest(vector v) { return v; }

static inline vector load_halves(const uint8_t *p) { return half_to_float(half_at(p)); }

static inline vector load_bytes(const uint8_t *p) { return (int8_t)*p; }

/* to[c][r] = from[r][c], 4 x 4. */
static inline void transpose_four(const float *from, int64_t stride, float *to, int64_t to_stride) {
    for (int32_t c = 0; c < 4; c++)
        for (int32_t r = 0; r < 4; r++) to[c * to_stride + r] = from[r * stride + c];
}
