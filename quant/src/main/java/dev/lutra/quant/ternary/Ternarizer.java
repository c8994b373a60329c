package dev.lutra.quant.ternary;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Turns weights into trits under one scale. BitNet's rounding (b1.58, weight_quant of its converter):
 * {@code trit = clamp(round(w / mean|w|))}, half to even, and the scale is the mean.
 *
 * @param scale what a trit of 1 stands for
 * @param inverse what weights are multiplied with before rounding
 * @param isExact whether the weights are {@code -scale, 0, scale} already, so that nothing is lost
 */
public record Ternarizer(float scale, float inverse, boolean isExact) {
    private static final float SMALLEST_MEAN = 1e-5f;

    /** For weights that are -scale, 0 or scale. */
    static Ternarizer exact(float scale) {
        return new Ternarizer(scale, Float.POSITIVE_INFINITY, true);
    }

    /** BitNet's rounding for weights with this mean of |w|. */
    static Ternarizer absMean(double meanAbsolute) {
        float inverse = 1 / Math.max((float) meanAbsolute, SMALLEST_MEAN);
        return new Ternarizer(1 / inverse, inverse, false);
    }

    /** The trit of one weight. */
    public int trit(float weight) {
        if (isExact) return (int) Math.signum(weight);
        return (int) Math.max(-1, Math.min(1, Math.rint(weight * inverse)));
    }

    /** Writes the trits of {@code columns} weights from {@code values[from]} on as row {@code row} of {@code trits}. */
    public void toTrits(float[] values, int from, int columns, MemorySegment trits, long row) {
        byte[] window = new byte[columns];
        for (int i = 0; i < columns; i++) window[i] = (byte) trit(values[from + i]);
        MemorySegment.copy(window, 0, trits, ValueLayout.JAVA_BYTE, row * columns, columns);
    }
}
