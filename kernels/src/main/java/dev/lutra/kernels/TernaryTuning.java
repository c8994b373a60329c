package dev.lutra.kernels;

import dev.lutra.kernels.ternary.SpecialKernels;
import java.util.Map;
import java.util.Optional;

/**
 * Which variant was measured to be fastest for which matrix; what {@code generate-kernels --tune} finds out.
 *
 * @param choices by shape, as matrices are stacked: query, key and value are one, gate and up too
 * @param generated kernels that were compiled for some of the shapes
 */
public record TernaryTuning(Map<Shape, Choice> choices, SpecialKernels generated) {
    /** Nothing is known: every matrix gets its kind's preferred variant. */
    public static final TernaryTuning NONE = new TernaryTuning(Map.of(), SpecialKernels.NONE);

    /** A matrix of {@code rows} x {@code columns} weights of {@code digits} trits, multiplied by kernels of {@code kind}. */
    public record Shape(KernelKind kind, int rows, int columns, int digits) {}

    /** @param generated whether the generated kernel was faster than the library's own */
    public record Choice(TernaryVariant variant, boolean generated) {}

    public TernaryTuning {
        choices = Map.copyOf(choices);
        choices.forEach((shape, choice) -> {
            if (choice.variant.kind() != shape.kind())
                throw new IllegalArgumentException(choice.variant.label() + " is no kernel of kind " + shape.kind());
        });
    }

    /** The choice for a shape, when it was measured and this machine has the kernel. */
    Optional<Choice> choice(KernelKind kind, int rows, int columns, int digits) {
        return Optional.ofNullable(choices.get(new Shape(kind, rows, columns, digits)))
                .filter(choice -> TernaryVariant.available(kind, digits).contains(choice.variant));
    }
}
