/*
 * Operations on rows of floats in plain loops that compilers turn into vectors: every instruction set compiles them with its own flags, and
 * since each result is made of the same roundings in the same order, all sets give the same bits.
 */
#include <math.h>

#include "exponential.h"
#include "lutra_ops.h"

/* Rounding to int8: a float of 1.5 * 2^23 has no fraction bits, so the addition rounds half to even and the low bits are the integer. */
static const float ROUNDING = 0x1.8p23f;
static const int32_t ROUNDING_BITS = 0x4b400000;

/* Below this a row counts as zero. */
static const float SMALLEST_MAXIMUM = 1e-5f;

static void quantize(const float *restrict x, int32_t n, const struct lutra_int8_rows *q, int64_t row) {
    int8_t *restrict to = q->values + row * q->stride;
    int32_t most = bits_of(SMALLEST_MAXIMUM), sum = 0;
    for (int32_t i = 0; i < n; i++) { /* magnitudes compared as integers: the same order */
        int32_t magnitude = bits_of(x[i]) & INT32_MAX;
        most = most > magnitude ? most : magnitude;
    }
    const float scale = 127 / float_of(most);
    for (int32_t i = 0; i < n; i++) {
        int32_t v = bits_of(x[i] * scale + ROUNDING) - ROUNDING_BITS;
        to[i] = (int8_t)v;
        sum += v;
    }
    q->scales[row] = scale;
    q->sums[row] = sum;
}

enum { LANES = 8 };

/* Squares in double, in eight lanes that are added up from the first on, then the rest. */
static void norm(const float *x, const float *restrict weight, int32_t n, float epsilon, float *y) {
    double lanes[LANES] = {0}, total = 0;
    int32_t whole = n / LANES * LANES;
    for (int32_t i = 0; i < whole; i += LANES)
        for (int32_t j = 0; j < LANES; j++) lanes[j] += (double)x[i + j] * x[i + j];
    for (int32_t j = 0; j < LANES; j++) total += lanes[j];
    for (int32_t i = whole; i < n; i++) total += (double)x[i] * x[i];
    const float factor = (float)(1 / sqrt(total / n + (double)epsilon));
#pragma GCC ivdep
    for (int32_t i = 0; i < n; i++) y[i] = x[i] * factor * weight[i];
}

static void gate(int32_t activation, const float *g, const float *u, int32_t n, float *y) {
    const struct exponents range = exponents();
    if (activation == LUTRA_SILU) {
#pragma GCC ivdep
        for (int32_t i = 0; i < n; i++) y[i] = g[i] / (exponential(-g[i], range) + 1) * u[i];
    } else if (activation == LUTRA_SIGMOID) {
#pragma GCC ivdep
        for (int32_t i = 0; i < n; i++) y[i] = 1 / (exponential(-g[i], range) + 1) * u[i];
    } else {
#pragma GCC ivdep
        for (int32_t i = 0; i < n; i++) {
            float v = g[i] < 0 ? 0 : g[i];
            y[i] = v * v * u[i];
        }
    }
}

static void rope(float *restrict x, int32_t pairs, const float *restrict cosines, const float *restrict sines) {
    float *restrict second = x + pairs;
    for (int32_t i = 0; i < pairs; i++) {
        float a = x[i], b = second[i];
        x[i] = a * cosines[i] - b * sines[i];
        second[i] = b * cosines[i] + a * sines[i];
    }
}

static void add(const float *restrict x, float factor, int32_t n, float *restrict y) {
    for (int32_t i = 0; i < n; i++) y[i] += factor * x[i];
}

static void install_elementwise(struct lutra_ops *ops) {
    ops->quantize = quantize;
    ops->norm = norm;
    ops->gate = gate;
    ops->rope = rope;
    ops->add = add;
}
