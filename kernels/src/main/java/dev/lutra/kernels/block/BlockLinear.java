package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.linear.Linear;

/**
 * Weights in blocks with scales, such as Q8_0. The specification decodes a row to float32 and multiplies by the float
 * activations, summing in double.
 */
public sealed interface BlockLinear extends Linear permits BlockScalar {
    /** The format of the weights. */
    GgmlType type();
}
