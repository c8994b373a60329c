package dev.lutra.quant.algebra;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Float32 rows in native memory: element (r, c) is float {@code r * stride + c} of {@code data}.
 *
 * @param data begins with row 0
 * @param stride floats from the beginning of a row to that of the next, at least {@code columns}
 */
public record Matrix(MemorySegment data, int rows, int columns, int stride) {
    private static final int ALIGNMENT = 64;

    public Matrix {
        if (rows < 0 || columns < 1 || stride < columns)
            throw new IllegalArgumentException("shape " + rows + " x " + columns + ", stride " + stride);
        long floats = rows == 0 ? 0 : Math.addExact(Math.multiplyExact((long) rows - 1, (long) stride), columns);
        if (data.byteSize() / Float.BYTES < floats)
            throw new IllegalArgumentException(data.byteSize() + " bytes do not hold " + rows + " x " + columns);
    }

    /** A matrix of zeros. */
    public static Matrix allocate(Arena arena, int rows, int columns) {
        long floats = Math.multiplyExact((long) rows, (long) columns);
        return new Matrix(
                arena.allocate(Math.multiplyExact(floats, (long) Float.BYTES), ALIGNMENT), rows, columns, columns);
    }

    /** A view of {@code count} rows from {@code first} on. */
    public Matrix rows(int first, int count) {
        Objects.checkFromIndexSize(first, count, rows);
        return new Matrix(data.asSlice(at(first, 0)), count, columns, stride);
    }

    /** A view of {@code count} columns of every row, from {@code first} on. */
    public Matrix columns(int first, int count) {
        Objects.checkFromIndexSize(first, count, columns);
        return new Matrix(data.asSlice((long) first * Float.BYTES), rows, count, stride);
    }

    public float get(int row, int column) {
        return data.get(JAVA_FLOAT, at(row, column));
    }

    public void set(int row, int column, float value) {
        data.set(JAVA_FLOAT, at(row, column), value);
    }

    /** Copies columns {@code from} to {@code from + count} of {@code row} into {@code out}, beginning at {@code to}. */
    public void read(int row, int from, int count, float[] out, int to) {
        MemorySegment.copy(data, JAVA_FLOAT, at(row, from), out, to, count);
    }

    /** Fills columns {@code from} to {@code from + count} of {@code row} from {@code in}, beginning at {@code at}. */
    public void write(int row, int from, int count, float[] in, int at) {
        MemorySegment.copy(in, at, data, JAVA_FLOAT, at(row, from), count);
    }

    /** All of {@code row}, copied. */
    public float[] row(int row) {
        float[] values = new float[columns];
        read(row, 0, columns, values, 0);
        return values;
    }

    /** Copies all elements of {@code source}, a matrix of the same shape. */
    public void copyFrom(Matrix source) {
        if (source.rows != rows || source.columns != columns)
            throw new IllegalArgumentException(
                    "shape " + source.rows + " x " + source.columns + " into " + rows + " x " + columns);
        for (int row = 0; row < rows; row++)
            MemorySegment.copy(source.data, source.at(row, 0), data, at(row, 0), (long) columns * Float.BYTES);
    }

    private long at(int row, int column) {
        return ((long) row * stride + column) * Float.BYTES;
    }
}
