package dev.lutra.quant.ternary;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix whose weights are {@code scale * trit}, trit in {-1, 0, 1}.
 *
 * @param rows outputs, M
 * @param columns inputs, K
 * @param trits one signed byte each, row-major, {@code rows * columns} bytes
 * @param scale what a trit of 1 is worth
 */
public record TernaryMatrix(int rows, int columns, MemorySegment trits, float scale) {
    public TernaryMatrix {
        if (rows < 1 || columns < 1) throw new IllegalArgumentException("shape " + rows + " x " + columns);
        if (trits.byteSize() != (long) rows * columns)
            throw new IllegalArgumentException(
                    trits.byteSize() + " trits do not fill a matrix of " + rows + " x " + columns);
    }

    /** The trit at {@code row}, {@code column}: -1, 0 or 1. */
    public int trit(int row, int column) {
        return trits.get(ValueLayout.JAVA_BYTE, (long) row * columns + column);
    }

    /** The same trits under another scale. */
    public TernaryMatrix withScale(float newScale) {
        return new TernaryMatrix(rows, columns, trits, newScale);
    }
}
