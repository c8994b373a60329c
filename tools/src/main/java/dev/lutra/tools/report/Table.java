package dev.lutra.tools.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows of named columns. People get each cell's text, programs its value: a cell is any object, or a {@link Cell} that
 * carries both.
 */
public final class Table {
    /** A value together with the text that people should see. */
    public record Cell(@Nullable Object value, String text) {}

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final List<String> columns;
    private final List<List<@Nullable Object>> rows = new ArrayList<>();

    public Table(String... columns) {
        this.columns = List.of(columns);
    }

    /** Adds a row with one cell per column. */
    public Table add(@Nullable Object... cells) {
        if (cells.length != columns.size())
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        rows.add(Arrays.asList(cells));
        return this;
    }

    /** A number shown with {@code digits} decimals; programs get it in full precision. */
    public static Cell number(double value, int digits) {
        return new Cell(value, String.format(Locale.ROOT, "%,." + digits + "f", value));
    }

    /** The table in {@code format}, ending in a line feed. */
    public String render(OutputFormat format) {
        return switch (format) {
            case text -> aligned("  ", "", false);
            case md -> aligned(" | ", "|", true);
            case json -> JSON.writerWithDefaultPrettyPrinter().writeValueAsString(objects()) + "\n";
            case jsonl -> jsonLines();
            case csv -> csv();
        };
    }

    /** Every row as a map from column to value. */
    public List<Map<String, @Nullable Object>> objects() {
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (List<@Nullable Object> row : rows) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            for (int i = 0; i < row.size(); i++) object.put(columns.get(i), value(row.get(i)));
            all.add(object);
        }
        return all;
    }

    private String jsonLines() {
        StringBuilder out = new StringBuilder();
        for (Map<String, @Nullable Object> object : objects())
            out.append(JSON.writeValueAsString(object)).append('\n');
        return out.toString();
    }

    private String csv() {
        StringBuilder out = new StringBuilder();
        out.append(String.join(",", columns.stream().map(Table::quoted).toList()))
                .append('\n');
        for (List<@Nullable Object> row : rows) {
            List<String> cells = new ArrayList<>();
            for (Object cell : row) {
                Object value = value(cell);
                cells.add(quoted(value == null ? "" : value.toString()));
            }
            out.append(String.join(",", cells)).append('\n');
        }
        return out.toString();
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    private String aligned(String gap, String edge, boolean markdown) {
        int n = columns.size();
        int[] width = new int[n];
        boolean[] right = new boolean[n];
        for (int i = 0; i < n; i++) {
            width[i] = Math.max(columns.get(i).length(), markdown ? 3 : 0);
            right[i] = !rows.isEmpty();
            for (List<@Nullable Object> row : rows) {
                width[i] = Math.max(width[i], text(row.get(i), markdown).length());
                Object value = value(row.get(i));
                right[i] &= value == null || value instanceof Number;
            }
        }
        StringBuilder out = new StringBuilder();
        line(out, columns, width, right, gap, edge);
        if (markdown) {
            List<String> rule = new ArrayList<>();
            for (int i = 0; i < n; i++) rule.add(right[i] ? "-".repeat(width[i] - 1) + ":" : "-".repeat(width[i]));
            line(out, rule, width, right, gap, edge);
        }
        for (List<@Nullable Object> row : rows)
            line(out, row.stream().map(cell -> text(cell, markdown)).toList(), width, right, gap, edge);
        return out.toString();
    }

    private static void line(
            StringBuilder out, List<String> cells, int[] width, boolean[] right, String gap, String edge) {
        StringBuilder line = new StringBuilder(edge.isEmpty() ? "" : edge + " ");
        for (int i = 0; i < cells.size(); i++) {
            String fill = " ".repeat(width[i] - cells.get(i).length());
            line.append(i == 0 ? "" : gap).append(right[i] ? fill + cells.get(i) : cells.get(i) + fill);
        }
        out.append(edge.isEmpty() ? line.toString().stripTrailing() : line + " " + edge)
                .append('\n');
    }

    private static @Nullable Object value(@Nullable Object cell) {
        return cell instanceof Cell both ? both.value() : cell;
    }

    private static String text(@Nullable Object cell, boolean markdown) {
        String text = switch (cell) {
            case null -> "";
            case Cell both -> both.text();
            default -> cell.toString();
        };
        return markdown ? text.replace("|", "\\|") : text;
    }
}
