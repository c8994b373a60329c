package dev.lutra.quant.mix;

import java.util.List;

/**
 * A tensor of the model before its type is chosen.
 *
 * @param name its GGUF name
 * @param dimensions element counts, ne0 (a row's) first
 */
public record TensorShape(String name, List<Long> dimensions) {
    public TensorShape {
        dimensions = List.copyOf(dimensions);
        if (dimensions.isEmpty()) throw new IllegalArgumentException(name + " has no dimensions");
    }

    /** Elements of a row. */
    long columns() {
        return dimensions.getFirst();
    }

    /** Whether it has more than one row: vectors are never quantized. */
    boolean isMatrix() {
        return dimensions.stream().skip(1).anyMatch(n -> n > 1);
    }

    /** Whether it is a stack of matrices: the experts of a layer. */
    boolean isStacked() {
        return dimensions.size() > 2 && dimensions.get(2) > 1;
    }

    /** The number in {@code blk.N.}, or -1 for tensors outside the layers. */
    int layer() {
        if (!name.startsWith("blk.")) return -1;
        int end = name.indexOf('.', 4);
        try {
            return end < 0 ? -1 : Integer.parseUnsignedInt(name, 4, end, 10);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
