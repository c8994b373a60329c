package dev.lutra.gguf.safetensors;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.ByteCursor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * One tensor of a checkpoint.
 *
 * @param shape slowest dimension first, as Hugging Face writes it: {@code [out, in]} for a projection; empty for a scalar
 * @param file the shard that holds the data
 * @param offset bytes from the start of {@code file} to the data
 * @param data row-major, little-endian, mapped read-only
 */
public record SafetensorsTensor(
        String name, Dtype dtype, List<Long> shape, Path file, long offset, MemorySegment data) {

    public SafetensorsTensor {
        shape = List.copyOf(shape);
    }

    public long elements() {
        long elements = 1;
        for (long dimension : shape) elements *= dimension;
        return elements;
    }

    /** Elements of a row: the last dimension, 1 for a scalar. */
    public long columns() {
        return shape.isEmpty() ? 1 : shape.getLast();
    }

    /** Number of rows: the product of all dimensions but the last. */
    public long rows() {
        return columns() == 0 ? 0 : elements() / columns();
    }

    public long byteSize() {
        return data.byteSize();
    }

    /**
     * Reads elements as floats. F32, F16 and BF16 are exact, F64 is rounded.
     *
     * @param first index of the first element in row-major order
     * @param into receives {@code count} floats from {@code at} on
     * @throws MalformedFileException when the dtype holds no such numbers
     */
    public void readFloats(long first, float[] into, int at, int count) {
        switch (dtype) {
            case F32 -> MemorySegment.copy(data, ByteCursor.FLOAT_LE, first * Float.BYTES, into, at, count);
            case BF16 -> {
                for (int i = 0; i < count; i++) into[at + i] = Float.intBitsToFloat(shortAt(first + i) << 16);
            }
            case F16 -> {
                for (int i = 0; i < count; i++) into[at + i] = Float.float16ToFloat(shortAt(first + i));
            }
            case F64 -> {
                for (int i = 0; i < count; i++)
                    into[at + i] = (float) data.get(ByteCursor.DOUBLE_LE, (first + i) * Double.BYTES);
            }
            default ->
                throw new MalformedFileException(
                        file,
                        offset,
                        "tensor " + name + " has dtype " + dtype
                                + ", which holds no plain numbers; F32, F16, BF16 and F64 do");
        }
    }

    /** Rows {@code from} to {@code from + count}, row-major, as {@link #readFloats} does. */
    public float[] readRows(long from, int count) {
        if (from < 0 || count < 0 || from > rows() - count)
            throw new IndexOutOfBoundsException(
                    "rows " + from + " to " + (from + count) + " of tensor " + name + ", which has " + rows());
        float[] rows = new float[Math.toIntExact(Math.multiplyExact(columns(), count))];
        readFloats(from * columns(), rows, 0, rows.length);
        return rows;
    }

    private short shortAt(long element) {
        return data.get(ByteCursor.SHORT_LE, element * Short.BYTES);
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + shape;
    }
}
