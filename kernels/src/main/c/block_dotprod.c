/* Weights in blocks, NEON with dot products. */
#include <arm_neon.h>

static inline int32x4_t dots(int32x4_t sum, int8x16_t a, int8x16_t b) { return vdotq_s32(sum, a, b); }

#include "block_arm.h"

void lutra_install_block_dotprod(struct lutra_ops *ops) {
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}
