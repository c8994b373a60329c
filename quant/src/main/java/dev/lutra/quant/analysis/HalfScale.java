package dev.lutra.quant.analysis;

/** Scales as a file would keep them. */
final class HalfScale {
    private HalfScale() {}

    /** The float16 nearest to {@code scale}. */
    static float round(float scale) {
        float rounded = Float.float16ToFloat(Float.floatToFloat16(scale));
        if (!Float.isFinite(rounded))
            throw new IllegalArgumentException("a scale of " + scale + " does not fit float16");
        return rounded;
    }
}
