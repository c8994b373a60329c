package dev.lutra.quant.ternary.row;

/** How ik_llama.cpp finds the trits of a row with one scale: the scale is max|w|, what lies under half of it becomes 0. */
final class RowScaled {
    private RowScaled() {}

    /** The code, {@code trit + 1}, of a weight in a row whose largest |w| is {@code scale}. */
    static int code(float weight, float scale) {
        if (Math.abs(weight) < 0.5f * scale || scale == 0) return 1;
        return weight < 0 ? 0 : 2;
    }
}
