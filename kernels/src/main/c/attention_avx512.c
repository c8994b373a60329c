#include "lutra_ops.h"

#include "simd_avx512.h"

#include "attention_kernel.h"

void lutra_install_attention_avx512(struct lutra_ops *ops) { ops->attention = attention; }
