package dev.lutra.quant.ternary;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A matrix whose weights are balanced-ternary numbers under two scales:
 * {@code weight = rowScales[r] * m[r, g] * (t0 + 3 t1 + 9 t2)}, where g = column / group. With one digit and no group scales
 * it is a {@link TernaryMatrix} with a scale per row.
 *
 * <p>The integer part {@code m * (t0 + 3 t1 + 9 t2)} fits a signed byte ({@link #maxGroupScale}), so a row times an int8
 * activation is one exact int32.
 *
 * @param rows outputs, M
 * @param columns inputs, K
 * @param digits trits per weight, 1 to 3
 * @param group columns that share an integer scale; {@code columns} when there is one group
 * @param planes signed bytes -1, 0, 1: {@code [digits][rows][columns]}, least significant digit first
 * @param groupScales unsigned bytes {@code [rows][groups()]}, or null when every m is 1
 * @param rowScales {@code [rows]}
 */
public record DigitMatrix(
        int rows,
        int columns,
        int digits,
        int group,
        MemorySegment planes,
        @Nullable MemorySegment groupScales,
        float[] rowScales) {
    public DigitMatrix {
        if (rows < 1 || columns < 1) throw new IllegalArgumentException("shape " + rows + " x " + columns);
        if (digits < 1 || digits > 3) throw new IllegalArgumentException("digits must be 1 to 3, not " + digits);
        if (group < 1) throw new IllegalArgumentException("group must be positive, not " + group);
        if (planes.byteSize() != (long) digits * rows * columns)
            throw new IllegalArgumentException(
                    planes.byteSize() + " trits do not fill " + digits + " planes of " + rows + " x " + columns);
        if (groupScales != null && groupScales.byteSize() != (long) rows * Math.ceilDiv(columns, group))
            throw new IllegalArgumentException(groupScales.byteSize() + " group scales for " + rows + " rows of "
                    + Math.ceilDiv(columns, group) + " groups");
        if (groupScales == null && digits > 1)
            throw new IllegalArgumentException("a matrix of " + digits + " digits needs group scales");
        if (rowScales.length != rows)
            throw new IllegalArgumentException(rowScales.length + " row scales for " + rows + " rows");
    }

    /** A matrix of zeros with group and row scales of 1, its memory in {@code arena}. */
    public static DigitMatrix allocate(int rows, int columns, int digits, int group, Arena arena) {
        MemorySegment planes = arena.allocate((long) digits * rows * columns, Long.BYTES);
        MemorySegment groupScales = arena.allocate((long) rows * Math.ceilDiv(columns, group));
        groupScales.fill((byte) 1);
        float[] rowScales = new float[rows];
        Arrays.fill(rowScales, 1f);
        return new DigitMatrix(rows, columns, digits, group, planes, groupScales, rowScales);
    }

    /** The one-digit form of {@code matrix}: it shares the trits, every row has the matrix's scale. */
    public static DigitMatrix of(TernaryMatrix matrix) {
        float[] rowScales = new float[matrix.rows()];
        Arrays.fill(rowScales, matrix.scale());
        return new DigitMatrix(matrix.rows(), matrix.columns(), 1, matrix.columns(), matrix.trits(), null, rowScales);
    }

    /** The largest group scale whose products fit a signed byte: 127, 31 (of 4) or 9 (of 13). */
    public static int maxGroupScale(int digits) {
        return Byte.MAX_VALUE / maxLevel(digits);
    }

    /** The largest value of {@code digits} ternary digits: 1, 4 or 13. */
    public static int maxLevel(int digits) {
        return switch (digits) {
            case 1 -> 1;
            case 2 -> 4;
            case 3 -> 13;
            default -> throw new IllegalArgumentException("digits must be 1 to 3, not " + digits);
        };
    }

    /** Groups of a row; the last may be shorter. */
    public int groups() {
        return Math.ceilDiv(columns, group);
    }

    /** Where the trit of {@code digit} at {@code row}, {@code column} lies in {@link #planes}. */
    public long offset(int digit, int row, int column) {
        return ((long) digit * rows + row) * columns + column;
    }

    /** The trits of one digit, {@code [rows][columns]}. */
    public MemorySegment plane(int digit) {
        long size = (long) rows * columns;
        return planes.asSlice(digit * size, size);
    }

    /** The trit of {@code digit} at {@code row}, {@code column}: -1, 0 or 1. */
    public int trit(int digit, int row, int column) {
        return planes.get(ValueLayout.JAVA_BYTE, offset(digit, row, column));
    }

    /** {@code t0 + 3 t1 + 9 t2} at {@code row}, {@code column}. */
    public int level(int row, int column) {
        int level = 0;
        for (int digit = digits - 1; digit >= 0; digit--) level = 3 * level + trit(digit, row, column);
        return level;
    }

    /** Writes {@code level}, within ± {@link #maxLevel}, as digits at {@code row}, {@code column}. */
    public void setLevel(int row, int column, int level) {
        if (Math.abs(level) > maxLevel(digits))
            throw new IllegalArgumentException("level " + level + " does not fit " + digits + " digits");
        int rest = level;
        for (int digit = 0; digit < digits; digit++) {
            int trit = Math.floorMod(rest + 1, 3) - 1;
            planes.set(ValueLayout.JAVA_BYTE, offset(digit, row, column), (byte) trit);
            rest = (rest - trit) / 3;
        }
    }

    /** Writes {@link #columns} levels from {@code levels[from]} on as {@code row}. */
    public void setLevels(int row, byte[] levels, int from) {
        int max = maxLevel(digits);
        byte[] trits = new byte[columns];
        byte[] rest = Arrays.copyOfRange(levels, from, from + columns);
        for (byte level : rest)
            if (level < -max || level > max)
                throw new IllegalArgumentException("level " + level + " does not fit " + digits + " digits");
        for (int digit = 0; digit < digits; digit++) {
            for (int i = 0; i < columns; i++) {
                // 27 is a multiple of three above every level, so the dividend is positive
                int above = (rest[i] + 28) / 3;
                trits[i] = (byte) (rest[i] + 27 - 3 * above);
                rest[i] = (byte) (above - 9);
            }
            MemorySegment.copy(trits, 0, planes, ValueLayout.JAVA_BYTE, offset(digit, row, 0), columns);
        }
    }

    /** The integer scale m of group {@code index} of {@code row}. */
    public int groupScale(int row, int index) {
        if (groupScales == null) return 1;
        return Byte.toUnsignedInt(groupScales.get(ValueLayout.JAVA_BYTE, (long) row * groups() + index));
    }

    /** The weights of {@code row}, {@code columns} floats, into {@code out} from {@code to}. */
    public void dequantizeRow(int row, float[] out, int to) {
        for (int column = 0; column < columns; column++)
            out[to + column] = rowScales[row] * (groupScale(row, column / group) * level(row, column));
    }
}
