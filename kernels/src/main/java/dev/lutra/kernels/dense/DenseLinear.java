package dev.lutra.kernels.dense;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.linear.Linear;

/**
 * Weights in float32, float16 or bfloat16, little-endian, row-major, read where they lie. Products are float; the scalar
 * implementation sums in double, the others in float within {@code 1e-6 * sqrt(columns)} of the sum of magnitudes.
 */
public sealed interface DenseLinear extends Linear permits DenseNative, DenseScalar, DenseVector {
    /** F32, F16 or BF16. */
    GgmlType type();

    @Override
    default long residentBytes() {
        return 0;
    }

    @Override
    default long weightBytes() {
        return type().byteSize(columns(), rows()).orElseThrow();
    }

    /** Whether {@code type} is one of the three. */
    static boolean handles(GgmlType type) {
        return type == GgmlType.F32 || type == GgmlType.F16 || type == GgmlType.BF16;
    }
}
