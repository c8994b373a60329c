package dev.lutra.tools.convert;

import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What a conversion did, by type and by tensor, and what the user should know of it. */
public final class ConversionReport {
    /** Relative error above which a ternary projection cannot work: BitNet's rounding of Gaussian weights has 0.44 and more. */
    private static final double DESTROYED = 0.3;

    private final List<TensorReport> tensors;

    public ConversionReport(List<TensorReport> tensors) {
        this.tensors = List.copyOf(tensors);
    }

    /** A row for each type, most bytes first, and one for all. */
    public Table table() {
        Map<TensorType, List<TensorReport>> byType = new LinkedHashMap<>();
        for (TensorReport tensor : tensors)
            byType.computeIfAbsent(tensor.type(), type -> new ArrayList<>()).add(tensor);
        Table table = new Table("type", "tensors", "size", "bits per weight", "relative error");
        byType.entrySet().stream()
                .sorted((a, b) -> Long.compare(bytes(b.getValue()), bytes(a.getValue())))
                .forEach(entry -> addRow(table, entry.getKey().label(), entry.getValue()));
        if (byType.size() > 1) addRow(table, "all", tensors);
        return table;
    }

    private static void addRow(Table table, String label, List<TensorReport> group) {
        long elements = group.stream().mapToLong(TensorReport::elements).sum();
        double error = group.stream()
                .mapToDouble(TensorReport::relativeError)
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
        table.add(
                label,
                group.size(),
                new Table.Cell(bytes(group), Sizes.bytes(bytes(group))),
                Table.number(bytes(group) * 8.0 / elements, 3),
                errorCell(error));
    }

    private static Table.Cell errorCell(double error) {
        if (Double.isNaN(error)) return new Table.Cell(null, "");
        return new Table.Cell(error, error == 0 ? "0" : String.format(Locale.ROOT, "%.2g", error));
    }

    private static long bytes(List<TensorReport> group) {
        return group.stream().mapToLong(TensorReport::bytes).sum();
    }

    /** A row for each tensor. */
    public Table tensors() {
        Table table = new Table("name", "kind", "type", "elements", "bytes", "relative_error", "was_ternary");
        for (TensorReport tensor : tensors)
            table.add(
                    tensor.name(),
                    tensor.kind().name().toLowerCase(Locale.ROOT),
                    tensor.type().label(),
                    tensor.elements(),
                    tensor.bytes(),
                    Double.isNaN(tensor.relativeError()) ? null : tensor.relativeError(),
                    tensor.wasTernary());
        return table;
    }

    /** What the user must know of the result. */
    public List<String> advice(TargetFormat format) {
        if (!(format instanceof TargetFormat.Ternary ternary)) return List.of();
        List<TensorReport> projections = tensors.stream()
                .filter(tensor ->
                        tensor.kind() == TensorKind.PROJECTION && Objects.equals(tensor.type(), ternary.type()))
                .filter(tensor -> !Double.isNaN(tensor.relativeError()))
                .toList();
        if (projections.isEmpty()) return List.of();
        if (projections.stream().allMatch(TensorReport::wasTernary))
            return List.of("the projections were ternary already: converted without loss");
        double error = projections.stream()
                .mapToDouble(TensorReport::relativeError)
                .average()
                .orElse(0);
        if (error < DESTROYED) return List.of();
        return List.of(
                String.format(
                        Locale.ROOT,
                        "warning: this checkpoint is not ternary. Rounding its projections to %s changed them by %.0f"
                                + " %%; a model that was not trained for that is destroyed.",
                        format.label(),
                        error * 100),
                "For such a model take --quant tl2x2 or tl2x3 (two or three ternary digits per weight), with"
                        + " --calibration self, or q8_0.");
    }
}
