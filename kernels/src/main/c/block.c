/* The public functions on weights in blocks: rows for one token, strips of decoded rows for many. */
#include "block_types.h"

void lutra_blocks_quantize(const struct lutra_blocks *x, const float *from, int64_t stride, int32_t first, int32_t to) {
    int32_t blocks = x->columns / BLOCK;
    for (int32_t t = first; t < to; t++) {
        const struct block_x row = block_x_of(x, t);
        lutra_ops.block_quantize(from + t * stride, blocks, (int8_t *)row.values, (float *)row.scales, (int32_t *)row.sums);
    }
}

/* Tokens whose results wait for a whole tile of rows, and from how many on a strip pays. */
enum { TOKENS = 48, STRIP_FROM = 3 };

static size_t scale_count(const struct lutra_block_matrix *w) { return (size_t)w->columns / block_format(w->type).sub * TILE; }

int64_t lutra_block_scratch_bytes(const struct lutra_block_matrix *w) {
    return (int64_t)w->columns * TILE + (int64_t)(2 * scale_count(w) * sizeof(float));
}

/* Rows that are decoded together: what they have of four columns fills a line of the cache. */
enum { LINE_ROWS = 16 };

/* Decodes `rows` rows; the others of the strip are left as they are, nobody reads their results. */
static void decode_strip(
        const struct lutra_block_matrix *w, const uint8_t *weights, size_t row_bytes, int32_t rows, uint8_t *strip, float *scales,
        float *mins) {
    const struct block_format format = block_format(w->type);
    const int32_t subs = format.columns / format.sub;
    struct block_parts parts[LINE_ROWS];
    for (int32_t row = 0, n; row < rows; row += n, weights += n * row_bytes) {
        n = smaller(LINE_ROWS, rows - row);
        uint8_t *to = strip + 4 * row;
        for (int32_t b = 0; b < w->columns / format.columns; b++) {
            for (int32_t r = 0; r < n; r++)
                block_take_apart(w->type, weights + r * row_bytes + (size_t)b * format.bytes, parts + r);
            for (int32_t q = 0; q < format.columns / 4; q++, to += 4 * TILE)
                for (int32_t r = 0; r < n; r++) memcpy(to + 4 * r, parts[r].levels + 4 * q, 4);
            for (int32_t s = b * subs; s < (b + 1) * subs; s++)
                for (int32_t r = 0; r < n; r++) {
                    scales[s * TILE + row + r] = parts[r].scales[s - b * subs];
                    if (format.mins) mins[s * TILE + row + r] = parts[r].mins[s - b * subs];
                }
        }
    }
}

static void multiply_tile(
        const struct lutra_block_matrix *w, const struct lutra_blocks *x, int32_t tokens, const uint8_t *weights,
        size_t row_bytes, int32_t rows, uint8_t *scratch, float *y, int64_t y_stride) {
    _Alignas(64) float out[TOKENS * TILE];
    const struct block_format format = block_format(w->type);
    float *scales = (float *)(scratch + (size_t)w->columns * TILE), *mins = format.mins ? scales + scale_count(w) : NULL;
    decode_strip(w, weights, row_bytes, rows, scratch, scales, mins);
    const struct block_strip strip = {scratch, scales, mins, w->columns, format.sub};
    for (int32_t t = 0, n; t < tokens; t += n) {
        n = smaller(TOKENS, tokens - t);
        lutra_ops.block_gemm(&strip, n, block_x_of(x, t), out);
        for (int32_t j = 0; j < n; j++) memcpy(y + (t + j) * y_stride, out + j * TILE, rows * sizeof *out);
    }
}

void lutra_block_multiply(
        const struct lutra_block_matrix *w, const struct lutra_blocks *x, int32_t tokens, int32_t from, int32_t to,
        void *scratch, float *y, int64_t y_stride) {
    const struct block_format format = block_format(w->type);
    const int32_t end = smaller(to * TILE, w->rows), first = from * TILE;
    const size_t row_bytes = (size_t)w->columns / format.columns * format.bytes;
    const uint8_t *weights = w->weights;
    if (tokens >= STRIP_FROM)
        for (int32_t row = first; row < end; row += TILE)
            multiply_tile(w, x, tokens, weights + row * row_bytes, row_bytes, smaller(TILE, end - row), scratch, y + row, y_stride);
    else
        for (int32_t t = 0; t < tokens; t++)
            lutra_ops.block_gemv(
                    w->type, weights + first * row_bytes, row_bytes, end - first, w->columns, block_x_of(x, t),
                    y + t * y_stride + first);
}
