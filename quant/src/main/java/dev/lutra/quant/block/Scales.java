package dev.lutra.quant.block;

/** What the searches share: how errors are weighted, and which scales are too small to divide by. */
final class Scales {
    /** A group whose largest magnitude is below this counts as all zero. */
    static final float NEGLIGIBLE = 1e-15f;

    private Scales() {}

    /**
     * Whether 1 / scale is finite. Scales for which it is not (zero, and those below 2^-128, which float16 flushes to zero)
     * encode as code 0: that is what a conversion of infinity or NaN to a byte leaves on x86.
     */
    static boolean hasInverse(float scale) {
        return Float.isFinite(1 / scale);
    }

    /** The weight of largest magnitude among {@code n}, its sign kept; the first of equals. */
    static float extreme(float[] x, int at, int n) {
        float magnitude = 0, extreme = 0;
        for (int i = at; i < at + n; i++) {
            float a = Math.abs(x[i]);
            if (a > magnitude) {
                magnitude = a;
                extreme = x[i];
            }
        }
        return extreme;
    }

    static float sum(float[] x, int at, int n) {
        float sum = 0;
        for (int i = at; i < at + n; i++) sum += x[i];
        return sum;
    }

    static float sumOfSquares(float[] x, int at, int n) {
        float sum = 0;
        for (int i = at; i < at + n; i++) sum += x[i] * x[i];
        return sum;
    }

    /** Error weights without importance for formats that stress large weights: x squared. */
    static void squares(float[] x, int at, float[] weights) {
        for (int i = 0; i < weights.length; i++) weights[i] = x[at + i] * x[at + i];
    }

    /** Error weights under an importance matrix: importance * sqrt(variance + x squared), as many as fit. */
    static void byImportance(float[] x, int at, float variance, float[] importance, int importanceAt, float[] weights) {
        byImportance(x, at, variance, importance, importanceAt, weights, 0, weights.length);
    }

    /** The same for {@code n} weights that go to {@code to} and on. */
    static void byImportance(
            float[] x, int at, float variance, float[] importance, int importanceAt, float[] weights, int to, int n) {
        for (int i = 0; i < n; i++)
            weights[to + i] = importance[importanceAt + i] * (float) Math.sqrt(variance + x[at + i] * x[at + i]);
    }
}
