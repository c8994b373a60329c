#include "lutra_ops.h"

#include "simd_scalar.h"

#include "attention_kernel.h"

void lutra_install_attention_scalar(struct lutra_ops *ops) { ops->attention = attention; }
