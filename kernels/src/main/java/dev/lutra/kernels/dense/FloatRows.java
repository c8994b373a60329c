package dev.lutra.kernels.dense;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lutra.gguf.type.GgmlType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Float weights as a file holds them: little-endian, dense rows, any alignment.
 *
 * @param type F32, F16 or BF16
 */
record FloatRows(GgmlType type, MemorySegment data, int rows, int columns) {
    private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    FloatRows {
        if (!DenseLinear.handles(type)) throw new IllegalArgumentException(type + " is no plain float type");
        if (rows < 1 || columns < 1) throw new IllegalArgumentException("shape " + rows + " x " + columns);
        long needed = type.byteSize(columns, rows).orElseThrow();
        if (data.byteSize() < needed)
            throw new IllegalArgumentException(
                    data.byteSize() + " bytes do not hold " + rows + " x " + columns + " weights of " + type);
    }

    /** Where {@code row} begins. */
    long offset(int row) {
        return (long) row * columns * type.blockBytes();
    }

    float get(int row, int column) {
        long at = offset(row) + (long) column * type.blockBytes();
        return switch (type) {
            case F32 -> data.get(FLOAT, at);
            case F16 -> Float.float16ToFloat(data.get(SHORT, at));
            default -> Float.intBitsToFloat(data.get(SHORT, at) << 16);
        };
    }

    /** Writes row {@code row} into {@code out}, {@link #columns} values. */
    void decode(int row, float[] out) {
        for (int k = 0; k < columns; k++) out[k] = get(row, k);
    }
}
