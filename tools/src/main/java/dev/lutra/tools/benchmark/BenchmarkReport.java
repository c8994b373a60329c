package dev.lutra.tools.benchmark;

import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** llama-bench's table of results, and the same for programs. */
public final class BenchmarkReport {
    private final Table table =
            new Table("model", "size", "params", "kernel", "threads", "test", "t/s", "of read bandwidth");
    private final List<Map<String, Object>> records = new ArrayList<>();

    /** Appends one row. The model must still be open. */
    public void add(BenchmarkResult result) {
        double mean = result.mean(), share = result.shareOfBandwidth();
        table.add(
                result.name() + " " + result.type(),
                new Table.Cell(result.bytes(), Sizes.bytes(result.bytes())),
                new Table.Cell(result.parameters(), Sizes.count(result.parameters())),
                result.kernel(),
                result.threads(),
                result.test().label(),
                new Table.Cell(mean, String.format(Locale.ROOT, "%.2f ± %.2f", mean, result.deviation())),
                result.decodeOnly()
                        ? new Table.Cell(share, String.format(Locale.ROOT, "%.0f %%", share * 100))
                        : new Table.Cell(null, ""));
        records.add(result.details());
    }

    /** The whole report. */
    public String render(OutputFormat format) {
        JsonMapper json = JsonMapper.builder().build();
        return switch (format) {
            case json -> json.writerWithDefaultPrettyPrinter().writeValueAsString(records) + "\n";
            case jsonl -> {
                StringBuilder lines = new StringBuilder();
                for (Map<String, Object> details : records)
                    lines.append(json.writeValueAsString(details)).append('\n');
                yield lines.toString();
            }
            case md, text, csv -> table.render(format);
        };
    }
}
