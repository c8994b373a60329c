/* Float weights: the public function, and the kernel in plain C. */
#include "dense_types.h"

static void dense(
        int32_t type, const uint8_t *weights, int32_t rows, int32_t columns, const float *x, int64_t x_stride,
        int32_t tokens, float *y, int64_t y_stride) {
    int32_t bytes = dense_bytes(type);
    for (int32_t r = 0; r < rows; r++, weights += (size_t)columns * bytes)
        for (int32_t t = 0; t < tokens; t++) {
            double sum = 0;
            for (int32_t k = 0; k < columns; k++)
                sum += (double)dense_value(type, weights + (size_t)k * bytes) * x[t * x_stride + k];
            y[t * y_stride + r] = (float)sum;
        }
}

void lutra_install_dense_scalar(struct lutra_ops *ops) { ops->dense = dense; }

/* Rows whose weights stay in the second-level cache while all tokens pass: 16 of 4096 float columns are 256 KiB. */
enum { ROWS = 16 };

void lutra_dense_multiply(
        const void *weights, int32_t type, int32_t columns, const float *x, int64_t x_stride, int32_t tokens, int32_t from,
        int32_t to, float *y, int64_t y_stride) {
    size_t row_bytes = (size_t)columns * dense_bytes(type);
    for (int32_t row = from; row < to; row += ROWS)
        lutra_ops.dense(
                type, (const uint8_t *)weights + row * row_bytes, smaller(ROWS, to - row), columns, x, x_stride, tokens,
                y + row, y_stride);
}
