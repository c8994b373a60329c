package dev.lutra.quant.ternary;

import dev.lutra.quant.InvalidCodeException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The U8 weights of a packed Hugging Face BitNet checkpoint: byte (r, c) of a {@code [rows / 4][columns]} tensor holds, from the
 * lowest two bits up, {@code trit + 1} of rows r, r + rows/4, r + rows/2 and r + 3 rows/4 in column c (transformers,
 * integrations/bitnet.py).
 *
 * @param packed {@code [rows / 4][columns]} bytes, row-major
 * @param rows outputs of the layer, four times the packed rows
 * @param columns inputs of the layer
 * @param scale what a trit of 1 stands for; see {@link WeightScaleRule}
 */
public record PackedBitnet(MemorySegment packed, int rows, int columns, float scale) implements TernarySource {
    public PackedBitnet {
        if (rows < 4 || rows % 4 != 0 || columns < 1)
            throw new IllegalArgumentException("packed shape of " + rows + " x " + columns + " weights");
        if (packed.byteSize() != (long) rows / 4 * columns)
            throw new IllegalArgumentException(
                    packed.byteSize() + " bytes for " + rows + " x " + columns + " packed weights");
    }

    @Override
    public float rowScale(int row) {
        return scale;
    }

    @Override
    public int rowStep() {
        return 1;
    }

    @Override
    public void readRows(int from, int to, MemorySegment trits) {
        byte[] codes = new byte[columns], plain = new byte[columns];
        int quarter = rows / 4;
        for (int row = from; row < to; row++) {
            long at = (long) (row % quarter) * columns;
            MemorySegment.copy(packed, ValueLayout.JAVA_BYTE, at, codes, 0, columns);
            int shift = row / quarter * 2, largest = 0;
            for (int i = 0; i < columns; i++) {
                int code = codes[i] >> shift & 3;
                largest = Math.max(largest, code);
                plain[i] = (byte) (code - 1);
            }
            if (largest == 3) throw invalid(plain, row, at);
            MemorySegment.copy(plain, 0, trits, ValueLayout.JAVA_BYTE, (long) (row - from) * columns, columns);
        }
    }

    private static InvalidCodeException invalid(byte[] plain, int row, long at) {
        int column = 0;
        while (plain[column] != 2) column++;
        return new InvalidCodeException(at + column, "packed code 3 at row " + row + ", column " + column);
    }
}
