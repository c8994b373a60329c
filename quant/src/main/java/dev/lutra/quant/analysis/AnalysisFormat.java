package dev.lutra.quant.analysis;

import java.util.List;
import java.util.Optional;

/** A way of rounding the weights of a row. Implementations are stateless and safe for use by many threads. */
public sealed interface AnalysisFormat permits IntegerFormat, TwoBitFormat {
    /** All of them, most bits first. */
    List<AnalysisFormat> ALL = List.of(
            new IntegerFormat(8, IntegerFormat.WHOLE_ROW),
            new IntegerFormat(4, 32),
            new IntegerFormat(4, 128),
            new IntegerFormat(4, IntegerFormat.WHOLE_ROW),
            new TwoBitFormat());

    /** How tables call the format: {@code int4/128}. */
    String label();

    /** What a weight of a row of {@code columns} would take in a file, scales included. */
    double bitsPerWeight(int columns);

    /**
     * Replaces weights by what the format would keep of them.
     *
     * @param row finite weights, {@code columns} of them from {@code from} on
     */
    void apply(float[] row, int from, int columns);

    /** The format that {@link #label} calls {@code label}. */
    static Optional<AnalysisFormat> byLabel(String label) {
        return ALL.stream()
                .filter(format -> format.label().equalsIgnoreCase(label))
                .findFirst();
    }
}
