package dev.lutra.kernels;

import java.util.Map;
import java.util.Optional;

/**
 * Which variant was measured to be fastest for which matrix; what {@code generate-kernels --tune} finds out.
 *
 * @param choices by shape, as matrices are stacked: query, key and value are one, gate and up too
 */
public record TernaryTuning(Map<Shape, TernaryVariant> choices) {
    /** Nothing is known: every matrix gets its kind's preferred variant. */
    public static final TernaryTuning NONE = new TernaryTuning(Map.of());

    /** A matrix of {@code rows} x {@code columns} weights of {@code digits} trits, multiplied by kernels of {@code kind}. */
    public record Shape(KernelKind kind, int rows, int columns, int digits) {}

    public TernaryTuning {
        choices = Map.copyOf(choices);
        choices.forEach((shape, variant) -> {
            if (variant.kind() != shape.kind())
                throw new IllegalArgumentException(variant.label() + " is no kernel of kind " + shape.kind());
        });
    }

    /** The choice for a shape, when it was measured and this machine has the kernel. */
    Optional<TernaryVariant> variant(KernelKind kind, int rows, int columns, int digits) {
        return Optional.ofNullable(choices.get(new Shape(kind, rows, columns, digits)))
                .filter(variant -> TernaryVariant.available(kind, digits).contains(variant));
    }
}
