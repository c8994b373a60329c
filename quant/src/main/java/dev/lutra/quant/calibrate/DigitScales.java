package dev.lutra.quant.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.digit.RowScales;
import dev.lutra.quant.ternary.DigitMatrix;

/**
 * The scales of a matrix of ternary digits: {@code step = S[row] * m[row, column / group]}.
 *
 * @param rowScales S, [rows], each one that {@link RowScales} allows
 * @param groupScales m, [rows][groups], 1 to {@link DigitMatrix#maxGroupScale}
 */
record DigitScales(DigitType type, int columns, float[] rowScales, byte[] groupScales) implements Steps {
    static DigitScales of(DigitType type, int rows, int columns) {
        return new DigitScales(type, columns, new float[rows], new byte[rows * Math.ceilDiv(columns, type.group())]);
    }

    int groups() {
        return Math.ceilDiv(columns, type.group());
    }

    int groupScale(int row, int group) {
        return groupScales[row * groups() + group];
    }

    void setGroupScale(int row, int group, int scale) {
        groupScales[row * groups() + group] = (byte) scale;
    }

    @Override
    public float step(int row, int column) {
        return rowScales[row] * groupScales[row * groups() + column / type.group()];
    }

    @Override
    public int low() {
        return -DigitMatrix.maxLevel(type.digits());
    }

    @Override
    public int high() {
        return DigitMatrix.maxLevel(type.digits());
    }

    /** The value next to {@code scale} that a row scale can have; never zero, so that a row of zeros has a scale too. */
    static float rowScale(float scale, int digits) {
        float least = 0x1p-20f;
        return scale > least ? RowScales.nearest(scale, digits) : least;
    }
}
