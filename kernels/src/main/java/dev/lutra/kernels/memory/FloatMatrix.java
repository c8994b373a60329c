package dev.lutra.kernels.memory;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Float32 rows in native memory: {@code rows} x {@code columns}, row-major, a row every {@code stride} floats. Row 0 of an
 * allocated matrix is aligned to 64 bytes.
 */
public final class FloatMatrix {
    /** Alignment of every allocation of the kernels: a cache line, and the widest vector. */
    public static final int ALIGNMENT = 64;

    private final MemorySegment segment;
    private final int rows;
    private final int columns;
    private final int stride;

    private FloatMatrix(MemorySegment segment, int rows, int columns, int stride) {
        this.segment = segment;
        this.rows = rows;
        this.columns = columns;
        this.stride = stride;
    }

    /** A matrix of zeros whose rows follow one another without gaps. */
    public static FloatMatrix allocate(Arena arena, int rows, int columns) {
        if (rows < 1 || columns < 1) throw new IllegalArgumentException("shape " + rows + " x " + columns);
        long bytes = Math.multiplyExact((long) rows * columns, (long) Float.BYTES);
        return new FloatMatrix(arena.allocate(bytes, ALIGNMENT), rows, columns, columns);
    }

    /** A matrix in existing native memory: row 0 at byte {@code from}, a row every {@code columns} floats. */
    public static FloatMatrix at(MemorySegment memory, long from, int rows, int columns) {
        return new FloatMatrix(memory.asSlice(from, (long) rows * columns * Float.BYTES), rows, columns, columns);
    }

    /** All of the memory, row 0 first. */
    public MemorySegment segment() {
        return segment;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** Floats from the beginning of a row to the beginning of the next. */
    public int stride() {
        return stride;
    }

    /** The byte in {@link #segment} at which {@code row} begins. */
    public long offset(int row) {
        return (long) row * stride * Float.BYTES;
    }

    /** A view of {@code count} rows from {@code first} on. */
    public FloatMatrix rows(int first, int count) {
        Objects.checkFromIndexSize(first, count, rows);
        return view(offset(first), count, columns);
    }

    /** A view of {@code count} columns of every row, from {@code first} on. */
    public FloatMatrix columns(int first, int count) {
        Objects.checkFromIndexSize(first, count, columns);
        return view((long) first * Float.BYTES, rows, count);
    }

    private FloatMatrix view(long from, int count, int width) {
        long bytes = count == 0 ? 0 : ((long) (count - 1) * stride + width) * Float.BYTES;
        return new FloatMatrix(segment.asSlice(from, bytes), count, width, stride);
    }

    public float get(int row, int column) {
        return segment.get(JAVA_FLOAT, index(row, column));
    }

    public void set(int row, int column, float value) {
        segment.set(JAVA_FLOAT, index(row, column), value);
    }

    private long index(int row, int column) {
        return offset(row) + (long) Objects.checkIndex(column, columns) * Float.BYTES;
    }

    /** Copies {@code row} into {@code destination} from {@code at} on. */
    public void copyRow(int row, float[] destination, int at) {
        MemorySegment.copy(segment, JAVA_FLOAT, offset(row), destination, at, columns);
    }

    /** Fills {@code row} from {@code source}, beginning at {@code at}. */
    public void setRow(int row, float[] source, int at) {
        MemorySegment.copy(source, at, segment, JAVA_FLOAT, offset(row), columns);
    }
}
