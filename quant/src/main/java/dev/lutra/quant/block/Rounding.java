package dev.lutra.quant.block;

/** The two ways in which ggml rounds to an integer. */
final class Rounding {
    private static final float ONE_AND_A_HALF_TIMES_2_POW_23 = 12582912f;

    private Rounding() {}

    /**
     * To nearest, ties to even, for |x| up to 2^22: adding 1.5 * 2^23 leaves the integer in the mantissa. Outside that range
     * the result is some integer, the same as ggml's.
     */
    static int nearest(float x) {
        return (Float.floatToRawIntBits(x + ONE_AND_A_HALF_TIMES_2_POW_23) & 0x7FFFFF) - 0x400000;
    }

    /** To nearest, ties away from zero, as C's roundf; the sum is exact in double. */
    static int nearestAway(float x) {
        return (int) (x + Math.copySign(0.5, (double) x));
    }
}
