/* The public functions on rows of floats. */
#include "lutra_ops.h"

void lutra_int8_quantize(
        const float *x, int64_t x_stride, int32_t columns, int32_t from, int32_t to, const struct lutra_int8_rows *q) {
    for (int32_t row = from; row < to; row++) lutra_ops.quantize(x + row * x_stride, columns, q, row);
}

void lutra_norm(
        const float *x, int64_t x_stride, const float *weight, int32_t length, int32_t parts, float epsilon, int32_t from,
        int32_t to, float *y, int64_t y_stride, const struct lutra_int8_rows *q) {
    for (int32_t row = from; row < to; row++) {
        for (int32_t part = 0; part < parts; part++)
            lutra_ops.norm(x + row * x_stride + part * length, weight, length, epsilon, y + row * y_stride + part * length);
        if (q) lutra_ops.quantize(y + row * y_stride, parts * length, q, row);
    }
}

void lutra_gate(
        int32_t activation, const float *gate, int64_t gate_stride, const float *up, int64_t up_stride, int32_t columns,
        int32_t from, int32_t to, float *y, int64_t y_stride, const struct lutra_int8_rows *q) {
    for (int32_t row = from; row < to; row++) {
        lutra_ops.gate(activation, gate + row * gate_stride, up + row * up_stride, columns, y + row * y_stride);
        if (q) lutra_ops.quantize(y + row * y_stride, columns, q, row);
    }
}

void lutra_rope(
        float *x, int64_t x_stride, int32_t heads, int32_t head_length, int32_t pairs, const float *cosines, const float *sines,
        int32_t from, int32_t to) {
    for (int32_t row = from; row < to; row++)
        for (int32_t head = 0; head < heads; head++)
            lutra_ops.rope(
                    x + row * x_stride + head * head_length, pairs, cosines + (int64_t)row * pairs, sines + (int64_t)row * pairs);
}

void lutra_add(
        const float *x, int64_t x_stride, float factor, int32_t columns, int32_t from, int32_t to, float *y, int64_t y_stride) {
    for (int32_t row = from; row < to; row++) lutra_ops.add(x + row * x_stride, factor, columns, y + row * y_stride);
}
