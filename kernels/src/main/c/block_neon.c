/* Weights in blocks, NEON without dot products. */
#include <arm_neon.h>

static inline int32x4_t dots(int32x4_t sum, int8x16_t a, int8x16_t b) {
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b))), high = vpaddlq_s16(vmull_high_s8(a, b));
    return vaddq_s32(sum, vpaddq_s32(low, high));
}

#include "block_arm.h"

void lutra_install_block_neon(struct lutra_ops *ops) {
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}
