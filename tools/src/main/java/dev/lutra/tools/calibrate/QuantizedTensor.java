package dev.lutra.tools.calibrate;

import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * A calibrated projection.
 *
 * @param bytes in {@code type}'s format
 * @param values what they decode to, [outputs][inputs]
 */
record QuantizedTensor(TensorType type, MemorySegment bytes, Matrix values) {}
