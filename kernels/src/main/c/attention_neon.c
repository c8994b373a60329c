#include "lutra_ops.h"

#include "simd_neon.h"

#include "attention_kernel.h"

void lutra_install_attention_neon(struct lutra_ops *ops) { ops->attention = attention; }
