package dev.lutra.tools.harness;

import dev.lutra.tools.report.Table;
import java.util.Locale;
import java.util.OptionalDouble;

/** How measurements look in a table. */
final class Cells {
    private Cells() {}

    /** Billions per second. */
    static Table.Cell giga(double perSecond) {
        return Table.number(perSecond * 1e-9, 1);
    }

    /** {@code part} of {@code whole} in percent, a fraction for programs; empty without a whole. */
    static Table.Cell share(double part, OptionalDouble whole) {
        if (whole.isEmpty()) return new Table.Cell(null, "");
        double share = part / whole.getAsDouble();
        return new Table.Cell(share, String.format(Locale.ROOT, "%.0f %%", 100 * share));
    }

    static Table.Cell share(double part, double whole) {
        return share(part, OptionalDouble.of(whole));
    }
}
