/* exp in single precision, in operations that compilers turn into vectors. */
#ifndef LUTRA_EXPONENTIAL_H
#define LUTRA_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

static inline int32_t bits_of(float f) {
    int32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

static inline float float_of(int32_t bits) {
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

/* Where exponents end, kept from the compiler: GCC would work out the results of both ends apart, with a branch in the loop for each. */
struct exponents {
    float low, high;
};

static inline struct exponents exponents(void) {
    int32_t low = bits_of(-87.3f), high = bits_of(88.3f);
    __asm__("" : "+r"(low), "+r"(high));
    return (struct exponents){float_of(low), float_of(high)};
}

/*
 * exp(x) = 2^n * p(r), n the nearest integer to x / ln 2 and p of degree six on |r| <= ln 2 / 2; relative error at most 2.5e-7 from -87 to
 * 88, x beyond is taken as -87.3 or 88.3. The operations of dev.lutra.kernels.elementwise.VectorExp, so the same bits.
 */
static inline float exponential(float x, struct exponents range) {
    const float rounding = 0x1.8p23f;
    x = x < range.low ? range.low : x;
    x = x > range.high ? range.high : x;
    float shifted = x * 1.44269504f + rounding, n = shifted - rounding;
    float r = x - n * 0.693359375f - n * -2.12194440e-4f;
    float p = r * (1.0f / 720) + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r * r + r + 1;
    return float_of((int32_t)((uint32_t)bits_of(p) + ((uint32_t)bits_of(shifted) << 23)));
}

#endif
