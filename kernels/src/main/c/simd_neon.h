/* What the float kernels are written in: NEON. */
#include <arm_neon.h>
#include <string.h>

enum { WIDTH = 4, VECTORS = 4 };

typedef float32x4_t vector;

static inline vector zero(void) { return vdupq_n_f32(0); }

static inline vector splat(float v) { return vdupq_n_f32(v); }

static inline vector load(const float *p) { return vld1q_f32(p); }

static inline void store(float *p, vector v) { vst1q_f32(p, v); }

static inline vector product(vector a, vector b) { return vmulq_f32(a, b); }

static inline vector fused(vector a, vector b, vector c) { return vfmaq_f32(c, a, b); }

static inline vector sum_of(vector a, vector b) { return vaddq_f32(a, b); }

static inline vector larger(vector a, vector b) { return vmaxq_f32(a, b); }

static inline float total(vector v) { return vaddvq_f32(v); }

static inline float largest(vector v) { return vmaxvq_f32(v); }

static inline vector load_halves(const uint8_t *p) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p))); }

static inline vector load_bytes(const uint8_t *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four))))));
}

/* to[c][r] = from[r][c], 4 x 4. */
static inline void transpose_four(const float *from, int64_t stride, float *to, int64_t to_stride) {
    const float32x4x2_t ab = vtrnq_f32(vld1q_f32(from), vld1q_f32(from + stride));
    const float32x4x2_t cd = vtrnq_f32(vld1q_f32(from + 2 * stride), vld1q_f32(from + 3 * stride));
    vst1q_f32(to, vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0])));
    vst1q_f32(to + to_stride, vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1])));
    vst1q_f32(to + 2 * to_stride, vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0])));
    vst1q_f32(to + 3 * to_stride, vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1])));
}
