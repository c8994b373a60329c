package dev.lutra.quant.digit;

/**
 * The row scales S of digit matrices. S times an integer m must be exact in float16, so that Q4_0 and Q5_0 can hold the weights:
 * at most 4 significant bits for one digit (m has 7), 6 for two (m has 5) and 7 for three (m has 4), of which none lies below
 * float16's last one.
 * Every such S is a bfloat16 too.
 */
public final class RowScales {
    /** The smallest step of float16, and so of every S. */
    public static final float SMALLEST = 0x1p-24f;

    private RowScales() {}

    /** Significant bits that S may have. */
    public static int significantBits(int digits) {
        return switch (digits) {
            case 1 -> 4;
            case 2 -> 6;
            case 3 -> 7;
            default -> throw new IllegalArgumentException("digits must be 1 to 3, not " + digits);
        };
    }

    /** The distance of S from its neighbours at {@code scale}. */
    private static float step(float scale, int digits) {
        return Math.max(SMALLEST, Math.scalb(1f, Math.getExponent(scale) - significantBits(digits) + 1));
    }

    /** The S next to {@code scale}; at least {@link #SMALLEST}. */
    public static float nearest(float scale, int digits) {
        float step = step(scale, digits);
        return Math.max(SMALLEST, (float) Math.rint(scale / step) * step);
    }

    /** The next larger S. */
    public static float next(float scale, int digits) {
        return scale + step(scale, digits);
    }

    /** Whether {@code scale} is one that {@link #nearest} gives. */
    public static boolean isAllowed(float scale, int digits) {
        return scale > 0 && nearest(scale, digits) == scale;
    }
}
