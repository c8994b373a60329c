package dev.lutra.tools.study;

import dev.lutra.tools.convert.ErrorsByKind;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rows of a study as a table. */
public final class StudyTable {
    private StudyTable() {}

    /** One line per row; programs get numbers in full. */
    public static Table of(List<StudyRow> rows) {
        List<String> columns = new ArrayList<>(List.of("format", "data", "size", "compression", "bits_per_weight"));
        for (String kind : ErrorsByKind.KINDS) columns.add("error_" + kind);
        columns.addAll(List.of("ppl", "kl", "same_top", "verdict", "sample"));
        Table table = new Table(columns.toArray(String[]::new));
        for (StudyRow row : rows) table.add(cells(row).toArray());
        return table;
    }

    private static List<@Nullable Object> cells(StudyRow row) {
        List<@Nullable Object> cells = new ArrayList<>();
        cells.add(row.format());
        cells.add(row.data());
        cells.add(new Table.Cell(row.bytes(), Sizes.bytes(row.bytes())));
        cells.add(Table.number(row.compression(), 2));
        cells.add(Table.number(row.bitsPerWeight(), 3));
        for (String kind : ErrorsByKind.KINDS) {
            Double error = row.errors().get(kind);
            cells.add(error == null ? new Table.Cell(null, "") : Table.number(error, 4));
        }
        cells.add(Table.number(row.perplexity(), 2));
        cells.add(Table.number(row.kl(), 4));
        cells.add(Table.number(row.sameTop(), 3));
        cells.add(row.verdict().name().toLowerCase(Locale.ROOT));
        cells.add(new Table.Cell(row.sample(), shown(row.sample())));
        return cells;
    }

    /** A sample in one line: control characters would break tables and terminals. */
    private static String shown(String sample) {
        StringBuilder shown = new StringBuilder();
        sample.codePoints().forEach(c -> shown.appendCodePoint(Character.isISOControl(c) || c == '\u2028' ? ' ' : c));
        return shown.toString().strip();
    }
}
