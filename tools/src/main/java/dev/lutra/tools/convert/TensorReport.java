package dev.lutra.tools.convert;

import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.TensorType;

/**
 * What became of a tensor.
 *
 * @param relativeError {@code |w - w'| / |w|} in the Euclidean norm, NaN where it was not measured
 * @param wasTernary whether the weights were -s, 0 or s already, so that a ternary type keeps them exactly
 */
public record TensorReport(
        String name,
        TensorKind kind,
        TensorType type,
        long elements,
        long bytes,
        double relativeError,
        boolean wasTernary) {}
