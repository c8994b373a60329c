#include "lutra_ops.h"

#include "simd_avx2.h"

#include "attention_kernel.h"

void lutra_install_attention_avx2(struct lutra_ops *ops) { ops->attention = attention; }
