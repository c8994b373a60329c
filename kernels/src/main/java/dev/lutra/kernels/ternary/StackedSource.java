package dev.lutra.kernels.ternary;

import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Sources with the same input, one below the other: query, key and value make one matrix, and gate and up. */
final class StackedSource {
    /** Rows that are decoded at a time at least: fewer would spend more on the call than on the rows. */
    private static final int WINDOW = 64;

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

    float rowScale(int row) {
        int part = partOf(row);
        return parts.get(part).rowScale(row - startOf(part));
    }

    /** Reads rows one after the other, keeping the last few that were decoded. For one thread. */
    final class Reader {
        private final Arena arena;
        private int part = -1;
        private int from;
        private int to;
        private DigitMatrix window;

        /** @param arena for the rows in use */
        Reader(Arena arena) {
            this.arena = arena;
            window = parts.getFirst().window(1, arena);
        }

        /**
         * Copies {@code row} of the stacked matrix.
         *
         * @param trits receives digit d at {@code at + d * plane}
         * @param scales receives the group scales at {@code scalesAt}, when the source has any
         */
        void copy(int row, MemorySegment trits, long at, long plane, MemorySegment scales, long scalesAt) {
            int wanted = partOf(row), inPart = row - startOf(wanted);
            if (wanted != part || inPart < from || inPart >= to) load(wanted, inPart);
            int inWindow = inPart - from;
            for (int digit = 0; digit < digits(); digit++)
                MemorySegment.copy(
                        window.planes(), window.offset(digit, inWindow, 0), trits, at + digit * plane, columns());
            MemorySegment groupScales = window.groupScales();
            if (groupScales == null) return;
            long groups = window.groups();
            for (long i = inWindow * groups; i < (inWindow + 1) * groups; i++) {
                int m = Byte.toUnsignedInt(groupScales.get(ValueLayout.JAVA_BYTE, i));
                if (m > DigitMatrix.maxGroupScale(digits()))
                    throw new IllegalArgumentException("group scale " + m + " of row " + inPart + " is beyond "
                            + DigitMatrix.maxGroupScale(digits()));
            }
            MemorySegment.copy(groupScales, inWindow * groups, scales, scalesAt, groups);
        }

        private void load(int wanted, int row) {
            DigitSource source = parts.get(wanted);
            int step = source.rowStep(), most = Math.ceilDiv(WINDOW, step) * step;
            part = wanted;
            from = row / step * step;
            to = Math.min(from + most, source.rows());
            // the last window of a part is shorter than the others
            if (window.rows() != to - from) window = source.window(to - from, arena);
            source.read(from, to, window);
        }
    }
}
