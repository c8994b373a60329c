/* Scalar conversion of ggml's float16. */
#ifndef LUTRA_HALF_H
#define LUTRA_HALF_H

#include <stdint.h>
#include <string.h>

static inline float half_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 1023, bits;
    if (exponent == 31) bits = 0x7f800000 | mantissa << 13;
    else if (exponent) bits = (exponent + 112) << 23 | mantissa << 13;
    else {
        float small = (float)mantissa * 0x1p-24f; /* subnormal or zero */
        memcpy(&bits, &small, 4);
    }
    bits |= sign;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline uint16_t half_at(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, 2);
    return h;
}

#endif
