/* Weights in blocks, in plain C. */
#include <math.h>

#include "block_types.h"

static void quantize(const float *x, int32_t blocks, int8_t *values, float *scales, int32_t *sums) {
    for (int32_t b = 0; b < blocks; b++, x += BLOCK, values += BLOCK) {
        float most = 0;
        for (int32_t i = 0; i < BLOCK; i++) most = fmaxf(most, fabsf(x[i]));
        float factor = most > 0 ? 127 / most : 0;
        scales[b] = most / 127;
        sums[2 * b] = sums[2 * b + 1] = 0;
        for (int32_t i = 0; i < BLOCK; i++) sums[2 * b + i / PART] += values[i] = (int8_t)rintf(x[i] * factor);
    }
}

/* What a sub-block adds to a product: sum is that of levels, part the index of its first sum of activations. */
static float sub_block(int32_t sub, int32_t sum, float scale, float min, int32_t mins, struct block_x x, int32_t part) {
    const int32_t x_sum = x.sums[part] + (sub == BLOCK ? x.sums[part + 1] : 0);
    const float exact = (float)(sum - STRIP_OFFSET * x_sum), x_scale = x.scales[part / 2];
    return mins ? (exact * scale - min * (float)x_sum) * x_scale : exact * (scale * x_scale);
}

static void gemv(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, struct block_x x, float *y) {
    const struct block_format format = block_format(type);
    struct block_parts parts;
    for (int32_t r = 0; r < rows; r++) {
        float acc = 0;
        for (int32_t k = 0; k < columns;) {
            block_take_apart(type, weights + r * row_bytes + (size_t)(k / format.columns) * format.bytes, &parts);
            for (int32_t s = 0; s < format.columns / format.sub; s++, k += format.sub) {
                int32_t sum = 0;
                for (int32_t i = 0; i < format.sub; i++) sum += parts.levels[s * format.sub + i] * x.values[k + i];
                acc += sub_block(format.sub, sum, parts.scales[s], parts.mins[s], format.mins, x, k / PART);
            }
        }
        y[r] = acc;
    }
}

static void gemm(const struct block_strip *strip, int32_t tokens, struct block_x x, float *y) {
    const int32_t sub = strip->sub;
    for (int32_t t = 0; t < tokens; t++, x = block_x_next(x, strip->columns, 1), y += TILE)
        for (int32_t row = 0; row < TILE; row++) {
            float acc = 0;
            for (int32_t k = 0; k < strip->columns; k += sub) {
                const int32_t at = k / sub * TILE + row;
                int32_t sum = 0;
                for (int32_t i = k; i < k + sub; i++) sum += strip->levels[(i / 4 * TILE + row) * 4 + i % 4] * x.values[i];
                acc += sub_block(sub, sum, strip->scales[at], strip->mins ? strip->mins[at] : 0, strip->mins != NULL, x, k / PART);
            }
            y[row] = acc;
        }
}

void lutra_install_block_scalar(struct lutra_ops *ops) {
    ops->block_quantize = quantize;
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}
