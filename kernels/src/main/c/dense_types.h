/* Float types by ggml's numbers. */
#ifndef LUTRA_DENSE_TYPES_H
#define LUTRA_DENSE_TYPES_H

#include <string.h>

#include "half.h"
#include "lutra_ops.h"

enum { F32 = 0, F16 = 1, BF16 = 30 };

static inline int32_t dense_bytes(int32_t type) { return type == F32 ? 4 : 2; }

static inline float dense_value(int32_t type, const uint8_t *p) {
    uint32_t bits;
    float f;
    if (type == F16) return half_to_float(half_at(p));
    if (type == F32) memcpy(&bits, p, 4);
    else bits = (uint32_t)half_at(p) << 16;
    memcpy(&f, &bits, 4);
    return f;
}

#endif
