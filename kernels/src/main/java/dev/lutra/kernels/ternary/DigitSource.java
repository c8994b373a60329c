package dev.lutra.kernels.ternary;

import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A matrix of ternary digits that is read by ranges of rows, by several threads at once: what a layout is made from without the
 * whole matrix ever lying in memory one byte a digit.
 */
public interface DigitSource {
    int rows();

    int columns();

    /** Digits per weight, 1 to 3. */
    int digits();

    /** Columns that share an integer scale; {@link #columns} without such scales. */
    int group();

    /** Whether rows have integer group scales. */
    boolean hasGroupScales();

    /** Ranges begin at a multiple of this and end at one or at {@link #rows}. */
    int rowStep();

    /** The float scale of {@code row}. */
    float rowScale(int row);

    /** The float scales of all rows. */
    default float[] rowScales() {
        float[] scales = new float[rows()];
        for (int row = 0; row < scales.length; row++) scales[row] = rowScale(row);
        return scales;
    }

    /**
     * Reads rows {@code from} to {@code to}.
     *
     * @param target a matrix of {@code to - from} rows with memory for digits and, where there are any, group scales; its row
     *     scales are not set
     */
    void read(int from, int to, DigitMatrix target);

    /** Rows of {@code matrix}. */
    static DigitSource of(DigitMatrix matrix) {
        return new MatrixSource(matrix);
    }

    /** Room for {@code rows} rows of this source in {@code arena}. */
    default DigitMatrix window(int rows, Arena arena) {
        MemorySegment planes = arena.allocate((long) digits() * rows * columns(), Long.BYTES);
        MemorySegment scales = hasGroupScales() ? arena.allocate((long) rows * Math.ceilDiv(columns(), group())) : null;
        return new DigitMatrix(rows, columns(), digits(), group(), planes, scales, new float[rows]);
    }

    /** Copies digits and group scales of all rows of {@code rows} to {@code target}, from its row {@code first} on. */
    static void copy(DigitMatrix rows, DigitMatrix target, int first) {
        long bytes = (long) rows.rows() * rows.columns();
        for (int digit = 0; digit < rows.digits(); digit++)
            MemorySegment.copy(
                    rows.planes(), rows.offset(digit, 0, 0), target.planes(), target.offset(digit, first, 0), bytes);
        MemorySegment scales = rows.groupScales();
        if (scales == null) return;
        long groups = rows.groups();
        MemorySegment.copy(scales, 0, Objects.requireNonNull(target.groupScales()), first * groups, scales.byteSize());
    }

    /** The whole matrix, in memory of {@code arena}. */
    default DigitMatrix toMatrix(Arena arena) {
        DigitMatrix matrix = window(rows(), arena);
        read(0, rows(), matrix);
        System.arraycopy(rowScales(), 0, matrix.rowScales(), 0, rows());
        return matrix;
    }

    /** @param matrix where the rows come from */
    record MatrixSource(DigitMatrix matrix) implements DigitSource {
        @Override
        public int rows() {
            return matrix.rows();
        }

        @Override
        public int columns() {
            return matrix.columns();
        }

        @Override
        public int digits() {
            return matrix.digits();
        }

        @Override
        public int group() {
            return matrix.group();
        }

        @Override
        public boolean hasGroupScales() {
            return matrix.groupScales() != null;
        }

        @Override
        public int rowStep() {
            return 1;
        }

        @Override
        public float rowScale(int row) {
            return matrix.rowScales()[row];
        }

        @Override
        public float[] rowScales() {
            return matrix.rowScales();
        }

        @Override
        public void read(int from, int to, DigitMatrix target) {
            long bytes = (long) (to - from) * columns(), groups = matrix.groups();
            for (int digit = 0; digit < digits(); digit++)
                MemorySegment.copy(
                        matrix.planes(),
                        matrix.offset(digit, from, 0),
                        target.planes(),
                        target.offset(digit, 0, 0),
                        bytes);
            if (!hasGroupScales()) return;
            MemorySegment.copy(
                    Objects.requireNonNull(matrix.groupScales()),
                    from * groups,
                    Objects.requireNonNull(target.groupScales()),
                    0,
                    (to - from) * groups);
        }

        @Override
        public DigitMatrix toMatrix(Arena arena) {
            return matrix;
        }
    }
}
