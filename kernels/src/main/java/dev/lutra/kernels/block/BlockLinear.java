package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.linear.Linear;
import java.lang.foreign.MemorySegment;

/**
 * Weights in blocks with scales, such as Q8_0. The specification decodes a row to float32 and multiplies by the float
 * activations, summing in double.
 */
public sealed interface BlockLinear extends Linear permits BlockNative, BlockScalar, BlockVector {
    /** The format of the weights. */
    GgmlType type();

    /** The bytes that {@code rows} x {@code columns} of {@code type} take, which {@code data} must hold. */
    static long requireSize(GgmlType type, MemorySegment data, int rows, int columns) {
        if (rows < 1 || columns < 1) throw new IllegalArgumentException("shape " + rows + " x " + columns);
        long needed = type.byteSize(columns, rows).orElseThrow();
        if (data.byteSize() < needed)
            throw new IllegalArgumentException(
                    data.byteSize() + " bytes do not hold " + rows + " x " + columns + " weights of " + type);
        return needed;
    }
}
