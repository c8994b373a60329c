package dev.lutra.quant.block;

/** The 16 values of IQ4_NL and IQ4_XS, denser near zero, and the search for their scale. */
final class NonLinear {
    /** A code at each end serves all that lies beyond it. */
    private static final byte[] VALUES = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** Code of the value nearest to x by floor(2 x) + 254; the midpoint of two values belongs to the upper one. */
    private static final byte[] NEAREST = nearestTable();

    private static final int STEPS = 7;

    private NonLinear() {}

    private static byte[] nearestTable() {
        byte[] table = new byte[2 * (127 + 113) + 1];
        byte code = 0;
        for (int i = 0; i < table.length; i++) {
            int doubled = i - 254;
            while (code < 15 && doubled >= VALUES[code] + VALUES[code + 1]) code++;
            table[i] = code;
        }
        return table;
    }

    static int value(int code) {
        return VALUES[code];
    }

    /** Code of the value nearest to {@code x}, the upper one of two equally near. */
    static byte nearest(float x) {
        float doubled = Math.max(-254, Math.min(226, 2 * x));
        int floor = (int) doubled;
        if (doubled < floor) floor--;
        return NEAREST[floor + 254];
    }

    /**
     * The scale d for which the weighted squared error of d * value is small: 15 ways to place the largest weight near -127,
     * each judged by the error that remains under the best d for its codes (the search in ggml's quantize_row_iq4_nl_impl).
     *
     * @return 0 when all weights are negligible
     */
    static float scale(float[] x, int at, float[] weights) {
        float extreme = Scales.extreme(x, at, weights.length);
        if (Math.abs(extreme) < Scales.NEGLIGIBLE) return 0;
        float scale = 0, best = 0;
        for (int step = -STEPS - 1; step <= STEPS; step++) {
            boolean first = step < -STEPS;
            float inverse = first ? 1 / (-extreme / VALUES[0]) : (step + VALUES[0]) / extreme;
            float products = 0, squares = 0;
            for (int i = 0; i < weights.length; i++) {
                float value = x[at + i];
                float q = VALUES[nearest(inverse * value)];
                float wq = weights[i] * q;
                products += wq * value;
                squares += wq * q;
            }
            if (squares > 0 && (first || products * products > best * squares)) {
                scale = products / squares;
                best = scale * products;
            }
        }
        return scale;
    }
}
