/* Weights in blocks with scales. A block holds sub-blocks, each with a scale of its own and in some types a minimum. */
#ifndef LUTRA_BLOCK_TYPES_H
#define LUTRA_BLOCK_TYPES_H

#include "half.h"
#include "lutra_ops.h"

/* ggml's numbers. */
enum { Q4_0 = 2, Q8_0 = 8, Q4_K = 12, Q6_K = 14 };

/* Columns of a block of activations, and of a sum of them. */
enum { BLOCK = 32, PART = 16 };

enum { MOST_COLUMNS = 256, MOST_SUBS = 16 };

static inline struct block_x block_x_next(struct block_x x, int32_t columns, int32_t tokens) {
    const size_t values = (size_t)tokens * columns;
    return (struct block_x){x.values + values, x.scales + values / BLOCK, x.sums + values / PART};
}

static inline struct block_x block_x_of(const struct lutra_blocks *x, int32_t token) {
    return block_x_next((struct block_x){x->values, x->scales, x->sums}, x->columns, token);
}

struct block_format {
    int32_t columns; /* of a block */
    int32_t bytes;   /* of a block */
    int32_t sub;     /* columns of a sub-block, BLOCK or PART */
    int32_t mins;    /* whether sub-blocks have minima */
};

static inline struct block_format block_format(int32_t type) {
    switch (type) {
        case Q4_0: return (struct block_format){32, 18, 32, 0};
        case Q4_K: return (struct block_format){256, 144, 32, 1};
        case Q6_K: return (struct block_format){256, 210, 16, 0};
        default: return (struct block_format){32, 34, 32, 0};
    }
}

/* A block taken apart: weight = scale * (level - STRIP_OFFSET) - min. */
struct block_parts {
    uint8_t levels[MOST_COLUMNS];
    float scales[MOST_SUBS], mins[MOST_SUBS];
};

static inline void block_nibbles(const uint8_t *from, int32_t n, int32_t offset, uint8_t *to) {
    for (int32_t i = 0; i < n; i++) {
        to[i] = (uint8_t)((from[i] & 15) + offset);
        to[n + i] = (uint8_t)((from[i] >> 4) + offset);
    }
}

/* The 6-bit scales and minima of Q4_K: eight bytes each. Sub-blocks 4 to 7 keep their upper two bits with those of 0 to 3. */
static inline void block_six_bits(const uint8_t *packed, uint8_t scales[8], uint8_t mins[8]) {
    uint32_t a, b, c, out[4];
    memcpy(&a, packed, 4);
    memcpy(&b, packed + 4, 4);
    memcpy(&c, packed + 8, 4);
    out[0] = a & 0x3f3f3f3f;
    out[1] = (c & 0x0f0f0f0f) | (a >> 2 & 0x30303030);
    out[2] = b & 0x3f3f3f3f;
    out[3] = (c >> 4 & 0x0f0f0f0f) | (b >> 2 & 0x30303030);
    memcpy(scales, out, 8);
    memcpy(mins, out + 2, 8);
}

static inline void block_take_apart(int32_t type, const uint8_t *block, struct block_parts *to) {
    if (type == Q8_0) {
        to->scales[0] = half_to_float(half_at(block));
        for (int32_t i = 0; i < 32; i++) to->levels[i] = block[2 + i] ^ 0x80;
    } else if (type == Q4_0) {
        to->scales[0] = half_to_float(half_at(block));
        block_nibbles(block + 2, 16, STRIP_OFFSET - 8, to->levels);
    } else if (type == Q4_K) {
        const float d = half_to_float(half_at(block)), least = half_to_float(half_at(block + 2));
        uint8_t scales[8], mins[8];
        block_six_bits(block + 4, scales, mins);
        for (int32_t s = 0; s < 8; s++) {
            to->scales[s] = d * scales[s];
            to->mins[s] = least * mins[s];
        }
        for (int32_t j = 0; j < 4; j++) block_nibbles(block + 16 + 32 * j, 32, STRIP_OFFSET, to->levels + 64 * j);
    } else {
        const float d = half_to_float(half_at(block + 208));
        for (int32_t s = 0; s < 16; s++) to->scales[s] = d * (int8_t)block[192 + s];
        for (int32_t h = 0; h < 2; h++) {
            const uint8_t *low = block + 64 * h, *high = block + 128 + 32 * h;
            uint8_t *levels = to->levels + 128 * h;
            block_nibbles(low, 64, STRIP_OFFSET - 32, levels);
            for (int32_t j = 0; j < 4; j++)
                for (int32_t i = 0; i < 32; i++) levels[32 * j + i] = (uint8_t)(levels[32 * j + i] + (high[i] >> 2 * j & 3) * 16);
        }
    }
}

#endif
