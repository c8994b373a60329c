package dev.lutra.quant.block;

/** The two ways in which ggml rounds to an integer. */
final class Rounding {
    /** 1.5 * 2^23: a float near it has no fraction bits. */
    static final float MAGIC = 12582912f;

    static final int MANTISSA = 0x7FFFFF;
    static final int MANTISSA_OF_ZERO = 0x400000;

    private Rounding() {}

    /**
     * To nearest, ties to even, for |x| up to 2^22: adding {@link #MAGIC} leaves the integer in the mantissa. Outside that range
     * the result is some integer, the same as ggml's.
     */
    static int nearest(float x) {
        return (Float.floatToRawIntBits(x + MAGIC) & MANTISSA) - MANTISSA_OF_ZERO;
    }

    /** To nearest, ties away from zero, as C's roundf; the sum is exact in double. */
    static int nearestAway(float x) {
        return (int) (x + Math.copySign(0.5, (double) x));
    }
}
