/* Blocks of 32 weights: the public functions, and kernels in plain C. */
#include <math.h>

#include "block_types.h"

static void quantize(const float *x, int32_t blocks, int8_t *values, float *scales, int32_t *sums) {
    for (int32_t b = 0; b < blocks; b++, x += BLOCK, values += BLOCK) {
        float most = 0;
        for (int32_t i = 0; i < BLOCK; i++) most = fmaxf(most, fabsf(x[i]));
        float factor = most > 0 ? 127 / most : 0;
        scales[b] = most / 127;
        sums[b] = 0;
        for (int32_t i = 0; i < BLOCK; i++) sums[b] += values[i] = (int8_t)rintf(x[i] * factor);
    }
}

static void gemv(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t blocks, const int8_t *x,
        const float *x_scales, const int32_t *x_sums, float *y) {
    (void)x_sums;
    for (int32_t r = 0; r < rows; r++, weights += row_bytes) {
        float acc = 0;
        for (int32_t b = 0; b < blocks; b++) {
            const uint8_t *block = weights + b * block_bytes(type);
            int32_t sum = 0;
            for (int32_t i = 0; i < BLOCK; i++) sum += block_level(type, block + 2, i) * x[b * BLOCK + i];
            acc += (float)sum * (half_to_float(half_at(block)) * x_scales[b]);
        }
        y[r] = acc;
    }
}

static void gemm(
        const uint8_t *strip, const float *scales, int32_t blocks, int32_t tokens, const int8_t *x, const float *x_scales,
        const int32_t *x_sums, float *y) {
    for (int32_t t = 0; t < tokens; t++, x += blocks * BLOCK, x_scales += blocks, x_sums += blocks, y += TILE)
        for (int32_t row = 0; row < TILE; row++) {
            float acc = 0;
            for (int32_t b = 0; b < blocks; b++) {
                int32_t sum = -STRIP_OFFSET * x_sums[b];
                for (int32_t i = b * BLOCK; i < (b + 1) * BLOCK; i++)
                    sum += strip[(i / 4 * TILE + row) * 4 + i % 4] * x[i];
                acc += (float)sum * (scales[b * TILE + row] * x_scales[b]);
            }
            y[row] = acc;
        }
}

void lutra_install_block_scalar(struct lutra_ops *ops) {
    ops->block_quantize = quantize;
    ops->block_gemv = gemv;
    ops->block_gemm = gemm;
}

void lutra_blocks_quantize(const struct lutra_blocks *x, const float *from, int64_t stride, int32_t first, int32_t to) {
    int32_t blocks = x->columns / BLOCK;
    for (int32_t t = first; t < to; t++)
        lutra_ops.block_quantize(
                from + t * stride, blocks, x->values + (size_t)t * x->columns, x->scales + (size_t)t * blocks,
                x->sums + (size_t)t * blocks);
}

/* Tokens whose results wait for a whole tile of rows, and from how many on a strip pays. */
enum { TOKENS = 48, STRIP_FROM = 3, ROWS = 16 };

int64_t lutra_block_scratch_bytes(const struct lutra_block_matrix *w) {
    return (int64_t)w->columns * TILE + (int64_t)w->columns / BLOCK * TILE * (int64_t)sizeof(float);
}

/* Decodes `rows` rows; the others of the strip are left as they are, nobody reads their results. */
static void decode_strip(
        const struct lutra_block_matrix *w, const uint8_t *weights, size_t row_bytes, int32_t rows, uint8_t *strip, float *scales) {
    for (int32_t row = 0; row < rows; row++, weights += row_bytes) {
        const uint8_t *block = weights;
        uint8_t *to = strip + 4 * row;
        for (int32_t b = 0; b < w->columns / BLOCK; b++, block += block_bytes(w->type), to += BLOCK / 4 * TILE * 4) {
            scales[b * TILE + row] = half_to_float(half_at(block));
            for (int32_t q = 0; q < 8; q++) {
                uint32_t four;
                memcpy(&four, block + 2 + (w->type == Q8_0 ? 4 * q : q % 4 * 4), 4);
                if (w->type == Q8_0) four ^= 0x80808080u;
                else four = (four >> q / 4 * 4 & 0x0f0f0f0fu) + 0x78787878u; /* level + 8 to level + 128 */
                memcpy(to + q * TILE * 4, &four, 4);
            }
        }
    }
}

static void multiply_tile(
        const struct lutra_block_matrix *w, const struct lutra_blocks *x, int32_t tokens, const uint8_t *weights,
        size_t row_bytes, int32_t rows, uint8_t *scratch, float *y, int64_t y_stride) {
    _Alignas(64) float out[TOKENS * TILE];
    int32_t blocks = w->columns / BLOCK;
    float *scales = (float *)(scratch + (size_t)w->columns * TILE);
    decode_strip(w, weights, row_bytes, rows, scratch, scales);
    for (int32_t t = 0, n; t < tokens; t += n) {
        n = smaller(TOKENS, tokens - t);
        size_t at = (size_t)t * blocks;
        lutra_ops.block_gemm(scratch, scales, blocks, n, x->values + at * BLOCK, x->scales + at, x->sums + at, out);
        for (int32_t j = 0; j < n; j++) memcpy(y + (t + j) * y_stride, out + j * TILE, rows * sizeof *out);
    }
}

void lutra_block_multiply(
        const struct lutra_block_matrix *w, const struct lutra_blocks *x, int32_t tokens, int32_t from, int32_t to,
        void *scratch, float *y, int64_t y_stride) {
    int32_t blocks = w->columns / BLOCK, end = smaller(to * TILE, w->rows);
    size_t row_bytes = (size_t)blocks * block_bytes(w->type);
    const uint8_t *weights = w->weights;
    if (tokens >= STRIP_FROM) {
        for (int32_t row = from * TILE; row < end; row += TILE)
            multiply_tile(w, x, tokens, weights + row * row_bytes, row_bytes, smaller(TILE, end - row), scratch, y + row, y_stride);
        return;
    }
    for (int32_t row = from * TILE; row < end; row += ROWS)
        for (int32_t t = 0; t < tokens; t++) {
            size_t at = (size_t)t * blocks;
            lutra_ops.block_gemv(
                    w->type, weights + row * row_bytes, row_bytes, smaller(ROWS, end - row), blocks, x->values + at * BLOCK,
                    x->scales + at, x->sums + at, y + t * y_stride + row);
        }
}
