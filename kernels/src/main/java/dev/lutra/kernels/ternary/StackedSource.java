package dev.lutra.kernels.ternary;

import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sources with the same input, one below the other: query, key and value make one matrix, and gate and up. */
final class StackedSource {
    private final List<DigitSource> parts;
    private final int[] ends;

    StackedSource(List<DigitSource> parts) {
        if (parts.isEmpty()) throw new IllegalArgumentException("no matrix to multiply by");
        this.parts = List.copyOf(parts);
        ends = new int[parts.size()];
        int rows = 0;
        for (int i = 0; i < ends.length; i++) {
            DigitSource part = parts.get(i), first = parts.getFirst();
            if (part.columns() != first.columns()
                    || part.digits() != first.digits()
                    || part.group() != first.group()
                    || part.hasGroupScales() != first.hasGroupScales())
                throw new IllegalArgumentException("cannot stack " + shape(part) + " on " + shape(first));
            ends[i] = rows = Math.addExact(rows, part.rows());
        }
    }

    private static String shape(DigitSource m) {
        return m.rows() + " x " + m.columns() + " (" + m.digits() + " digits, groups of " + m.group() + ")";
    }

    int rows() {
        return ends[ends.length - 1];
    }

    int columns() {
        return parts.getFirst().columns();
    }

    int digits() {
        return parts.getFirst().digits();
    }

    int group() {
        return Math.min(parts.getFirst().group(), columns());
    }

    boolean hasGroupScales() {
        return parts.getFirst().hasGroupScales();
    }

    private int partOf(int row) {
        int index = 0;
        while (row >= ends[index]) index++;
        return index;
    }

    private int startOf(int part) {
        return part == 0 ? 0 : ends[part - 1];
    }

    float[] rowScales() {
        float[] all = new float[rows()];
        for (int part = 0; part < ends.length; part++)
            System.arraycopy(parts.get(part).rowScales(), 0, all, startOf(part), ends[part] - startOf(part));
        return all;
    }

    /**
     * Rows that lie one behind the other in memory.
     *
     * @param trits digit d of the first row begins at {@code d * plane}
     * @param scales group scales, {@code [count][groups]}; null without any
     */
    record Rows(MemorySegment trits, long plane, @Nullable MemorySegment scales, int count) {}

    /** Reads rows in rising order, keeping the last few that were decoded. For one thread. */
    final class Reader {
        private final Arena arena;
        private final int most;
        private int part = -1;
        private int from;
        private int to;
        private DigitMatrix window;
        private @Nullable DigitMatrix pieces;

        /**
         * @param most rows that are asked for at once, and about as many are decoded
         * @param arena for the rows in use
         */
        Reader(int most, Arena arena) {
            this.arena = arena;
            this.most = most;
            window = parts.getFirst().window(1, arena);
        }

        /** Rows {@code first} to {@code end} of the stacked matrix, until the next call. */
        Rows read(int first, int end) {
            load(first);
            if (end - startOf(part) <= to) return rows(window, first - startOf(part) - from, end - first);
            DigitMatrix joined = pieces == null ? pieces = parts.getFirst().window(most, arena) : pieces;
            for (int row = first; row < end; ) {
                load(row);
                int inWindow = row - startOf(part) - from, count = Math.min(end - row, to - from - inWindow);
                copy(window, inWindow, count, joined, row - first);
                row += count;
            }
            return rows(joined, 0, end - first);
        }

        private Rows rows(DigitMatrix matrix, int first, int count) {
            MemorySegment scales = matrix.groupScales();
            long groups = matrix.groups();
            return new Rows(
                    matrix.planes().asSlice(matrix.offset(0, first, 0)),
                    (long) matrix.rows() * matrix.columns(),
                    scales == null ? null : scales.asSlice(first * groups, count * groups),
                    count);
        }

        /** Makes the window hold {@code row} of the stacked matrix. */
        private void load(int row) {
            int wanted = partOf(row), inPart = row - startOf(wanted);
            if (wanted == part && inPart >= from && inPart < to) return;
            DigitSource source = parts.get(wanted);
            int step = source.rowStep(), rows = Math.ceilDiv(most, step) * step;
            part = wanted;
            from = inPart / step * step;
            to = Math.min(from + rows, source.rows());
            // the last window of a part is shorter than the others
            if (window.rows() != to - from) window = source.window(to - from, arena);
            source.read(from, to, window);
            checkScales(window);
        }

        private void checkScales(DigitMatrix matrix) {
            MemorySegment scales = matrix.groupScales();
            if (scales == null) return;
            int largest = DigitMatrix.maxGroupScale(matrix.digits());
            for (byte m : scales.toArray(ValueLayout.JAVA_BYTE))
                if (Byte.toUnsignedInt(m) > largest)
                    throw new IllegalArgumentException("group scale " + Byte.toUnsignedInt(m) + " in rows " + from
                            + " to " + to + " is beyond " + largest);
        }
    }

    private static void copy(DigitMatrix source, int first, int count, DigitMatrix target, int at) {
        for (int digit = 0; digit < source.digits(); digit++)
            MemorySegment.copy(
                    source.planes(),
                    source.offset(digit, first, 0),
                    target.planes(),
                    target.offset(digit, at, 0),
                    (long) count * source.columns());
        MemorySegment from = source.groupScales(), to = target.groupScales();
        long groups = source.groups();
        if (from != null && to != null) MemorySegment.copy(from, first * groups, to, at * groups, count * groups);
    }
}
