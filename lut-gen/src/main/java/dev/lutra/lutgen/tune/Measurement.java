package dev.lutra.lutgen.tune;

import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.TernaryTuning;
import dev.lutra.kernels.TernaryVariant;
import java.util.List;
import java.util.Locale;

/**
 * All candidates of one kind of kernels for one matrix.
 *
 * @param rows outputs of the matrix, as the engine stacks it
 * @param columns its inputs
 * @param kernel {@code native}, {@code vector} or {@code scalar}
 * @param winner the one to take
 */
public record Measurement(
        int threads, int digits, int rows, int columns, String kernel, Candidate winner, List<Candidate> candidates) {
    public Measurement {
        candidates = List.copyOf(candidates);
    }

    TernaryTuning.Choice choice() {
        return new TernaryTuning.Choice(TernaryVariant.named(winner.variant()), winner.generated());
    }

    TernaryTuning.Shape shape() {
        return new TernaryTuning.Shape(KernelKind.valueOf(kernel.toUpperCase(Locale.ROOT)), rows, columns, digits);
    }
}
