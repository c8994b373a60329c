/* The public functions of attention. */
#include "attention_types.h"

int64_t lutra_attention_scratch_bytes(int32_t head_length, int32_t queries) {
    int64_t padded = padded_length(head_length);
    int64_t floats = 2 * POSITIONS * padded + queries * (2 * padded + POSITIONS + 2 /* maximum, total */);
    return floats * (int64_t)sizeof(float);
}

void lutra_attention(
        const struct lutra_cache *cache, int32_t kv_head, const float *q, int64_t q_stride, int32_t tokens, int32_t heads,
        int32_t position, float scale, void *scratch, float *out, int64_t out_stride) {
    lutra_ops.attention(cache, kv_head, q, q_stride, tokens, heads, position, scale, scratch, out, out_stride);
}
