/* Blocks of 32 weights: a float16 scale, then levels. */
#ifndef LUTRA_BLOCK_TYPES_H
#define LUTRA_BLOCK_TYPES_H

#include "half.h"
#include "lutra_ops.h"

/* ggml's numbers. */
enum { Q4_0 = 2, Q8_0 = 8 };

enum { BLOCK = 32 };

static inline int32_t block_bytes(int32_t type) { return type == Q4_0 ? 18 : 34; }

/* Level number i of a block behind its scale: Q4_0 keeps 0-15 in low nibbles and 16-31 in high ones, with an offset of 8. */
static inline int32_t block_level(int32_t type, const uint8_t *levels, int32_t i) {
    return type == Q8_0 ? (int8_t)levels[i] : (levels[i % 16] >> i / 16 * 4 & 15) - 8;
}

#endif
