/*
 * Float weights times float activations, for any width of vectors. The including file defines WIDTH, vector, the operations below and, for
 * each type, a load of WIDTH weights; an element of the result is summed in one vector, column after column, so that it does not depend
 * on the rows and tokens beside it.
 *
 *   vector zero(void), load_x(const float *), fused(vector a, vector b, vector c): a * b + c; float total(vector)
 *   vector load_weights(int32_t type, const uint8_t *), vector load_part(int32_t type, const uint8_t *, int32_t n): the rest zero
 *   vector load_x_part(const float *, int32_t n)
 */
static inline __attribute__((always_inline)) void dense_block(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, const float *x,
        int64_t x_stride, int32_t tokens, float *y, int64_t y_stride) {
    const int32_t bytes = dense_bytes(type);
    vector acc[8][4];
    for (int32_t r = 0; r < rows; r++)
        for (int32_t t = 0; t < tokens; t++) acc[r][t] = zero();
    int32_t k = 0;
    for (; k + WIDTH <= columns; k += WIDTH) {
        vector v[4];
        for (int32_t t = 0; t < tokens; t++) v[t] = load_x(x + t * x_stride + k);
#pragma GCC unroll 8
        for (int32_t r = 0; r < rows; r++) {
            const uint8_t *at = weights + r * row_bytes + (size_t)k * bytes;
            if (tokens == 1) __builtin_prefetch(at + rows * row_bytes, 0, 2); /* the same column of the next rows */
            const vector w = load_weights(type, at);
#pragma GCC unroll 4
            for (int32_t t = 0; t < tokens; t++) acc[r][t] = fused(w, v[t], acc[r][t]);
        }
    }
    if (k < columns)
        for (int32_t r = 0; r < rows; r++) {
            const vector w = load_part(type, weights + r * row_bytes + (size_t)k * bytes, columns - k);
            for (int32_t t = 0; t < tokens; t++)
                acc[r][t] = fused(w, load_x_part(x + t * x_stride + k, columns - k), acc[r][t]);
        }
    for (int32_t r = 0; r < rows; r++)
        for (int32_t t = 0; t < tokens; t++) y[t * y_stride + r] = total(acc[r][t]);
}

static inline __attribute__((always_inline)) void dense_type(
        int32_t type, const uint8_t *weights, size_t row_bytes, int32_t rows, int32_t columns, const float *x,
        int64_t x_stride, int32_t tokens, float *y, int64_t y_stride) {
    for (int32_t t = 0; t < tokens;) {
        int32_t n = tokens - t >= 4 ? 4 : 1, r = 0;
        const float *from = x + t * x_stride;
        float *to = y + t * y_stride;
        for (; n == 4 && r + 4 <= rows; r += 4)
            dense_block(type, weights + r * row_bytes, row_bytes, 4, columns, from, x_stride, 4, to + r, y_stride);
        for (; n == 1 && r + 8 <= rows; r += 8)
            dense_block(type, weights + r * row_bytes, row_bytes, 8, columns, from, x_stride, 1, to + r, y_stride);
        for (; r < rows; r++)
            for (int32_t j = 0; j < n; j++)
                dense_block(type, weights + r * row_bytes, row_bytes, 1, columns, from + j * x_stride, x_stride, 1,
                            to + j * y_stride + r, y_stride);
        t += n;
    }
}

static void dense(
        int32_t type, const uint8_t *weights, int32_t rows, int32_t columns, const float *x, int64_t x_stride,
        int32_t tokens, float *y, int64_t y_stride) {
    size_t row_bytes = (size_t)columns * dense_bytes(type);
    if (type == F32) dense_type(F32, weights, row_bytes, rows, columns, x, x_stride, tokens, y, y_stride);
    else if (type == F16) dense_type(F16, weights, row_bytes, rows, columns, x, x_stride, tokens, y, y_stride);
    else dense_type(BF16, weights, row_bytes, rows, columns, x, x_stride, tokens, y, y_stride);
}
