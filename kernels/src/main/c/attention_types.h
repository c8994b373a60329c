/* The sizes that attention works in. */
#ifndef LUTRA_ATTENTION_TYPES_H
#define LUTRA_ATTENTION_TYPES_H

#include "dense_types.h"

/* Positions of a block: keys and values of heads of 64 take 16 KiB each when decoded. */
enum { POSITIONS = 64 };

/* Rows of floats are filled up to the widest vector. */
enum { PADDING = 16 };

static inline int32_t padded_length(int32_t length) { return ceil_div(length, PADDING) * PADDING; }

/* Bytes of one position of one head. */
static inline size_t cache_row_bytes(int32_t type, int32_t length) {
    return type == F32 ? 4 * (size_t)length : type == F16 ? 2 * (size_t)length : (size_t)length / 32 * 34;
}

#endif
