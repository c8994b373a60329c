package dev.lutra.kernels.ternary;

import dev.lutra.quant.ternary.DigitMatrix;
import java.util.List;

/**
 * Matrices with the same input, one below the other, as a source of rows: query, key and value projections make one product,
 * whose rows divide evenly among threads where 128 rows of keys would not.
 */
final class StackedRows {
    private final List<DigitMatrix> parts;
    private final int[] ends;

    StackedRows(List<DigitMatrix> parts) {
        if (parts.isEmpty()) throw new IllegalArgumentException("no matrix to multiply by");
        this.parts = List.copyOf(parts);
        ends = new int[parts.size()];
        int rows = 0;
        for (int i = 0; i < ends.length; i++) {
            DigitMatrix part = parts.get(i), first = parts.getFirst();
            if (part.columns() != first.columns() || part.digits() != first.digits() || part.group() != first.group())
                throw new IllegalArgumentException("cannot stack " + shape(part) + " on " + shape(first));
            ends[i] = rows = Math.addExact(rows, part.rows());
        }
    }

    private static String shape(DigitMatrix m) {
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

    /** Whether any row has integer group scales. */
    boolean hasGroupScales() {
        return parts.stream().anyMatch(part -> part.groupScales() != null);
    }

    /** The matrix that {@code row} belongs to. */
    DigitMatrix part(int row) {
        return parts.get(indexOf(row));
    }

    /** The number of {@code row} within {@link #part}. */
    int rowInPart(int row) {
        int index = indexOf(row);
        return index == 0 ? row : row - ends[index - 1];
    }

    private int indexOf(int row) {
        int index = 0;
        while (row >= ends[index]) index++;
        return index;
    }

    float[] rowScales() {
        float[] all = new float[rows()];
        int at = 0;
        for (DigitMatrix part : parts) {
            System.arraycopy(part.rowScales(), 0, all, at, part.rows());
            at += part.rows();
        }
        return all;
    }
}
