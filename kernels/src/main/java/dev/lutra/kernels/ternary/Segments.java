package dev.lutra.kernels.ternary;

/**
 * How a row is cut for kernels that add in int16: into segments short enough that sums fit, which do not cross a group's end.
 * A segment is a whole number of steps, as many columns as one 16-bit word covers; missing ones count as zero.
 */
final class Segments {
    /** 84 triples of at most 3 * 127 each: 32004, the most whole steps of three triples whose sum fits int16. */
    static final int COLUMNS = 252;

    /** Columns that one 16-bit word of three 5-bit indices covers. */
    static final int STEP = 9;

    private final int columns;
    private final int group;
    private final int limit;
    private final int[] columnFrom;
    private final int[] stepFrom;

    /** Cuts for look-up tables: rows of {@code columns} whose groups are {@code group} columns. */
    Segments(int columns, int group) {
        this(columns, group, COLUMNS, STEP);
    }

    /** Cuts into at most {@code limit} columns, a multiple of {@code step}. */
    Segments(int columns, int group, int limit, int step) {
        this.columns = columns;
        this.limit = limit;
        this.group = Math.min(group, columns);
        int count = 0;
        for (int from = 0; from < columns; from = end(from)) count++;
        columnFrom = new int[count + 1];
        stepFrom = new int[count + 1];
        for (int i = 0; i < count; i++) {
            columnFrom[i + 1] = end(columnFrom[i]);
            stepFrom[i + 1] = stepFrom[i] + Math.ceilDiv(columnFrom[i + 1] - columnFrom[i], step);
        }
    }

    private int end(int from) {
        int groupEnd = (int) Math.min((from / group + 1L) * group, columns);
        return Math.min(from + limit, groupEnd);
    }

    int count() {
        return columnFrom.length - 1;
    }

    int columnFrom(int segment) {
        return columnFrom[segment];
    }

    int columns(int segment) {
        return columnFrom[segment + 1] - columnFrom[segment];
    }

    /** Steps of all segments before {@code segment}. */
    int stepFrom(int segment) {
        return stepFrom[segment];
    }

    int steps(int segment) {
        return stepFrom[segment + 1] - stepFrom[segment];
    }

    /** Steps of the whole row. */
    int steps() {
        return stepFrom[count()];
    }

    /** The group that {@code segment} belongs to. */
    int group(int segment) {
        return columnFrom[segment] / group;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Segments s && s.columns == columns && s.group == group && s.limit == limit;
    }

    @Override
    public int hashCode() {
        return 31 * columns + group;
    }
}
