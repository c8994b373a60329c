package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Checks a row and brings its bytes to the heap and back; subclasses code it. Importance matrices are of no use here. */
abstract class CodedRow implements RowCodec {
    private final GgmlType type;

    CodedRow(GgmlType type) {
        this.type = type;
    }

    @Override
    public final GgmlType type() {
        return type;
    }

    /** Codes {@code columns} finite weights from {@code x[from]} on; {@code bytes} is the whole coded row, zeroed. */
    abstract void encode(float[] x, int from, int columns, byte[] bytes);

    /** The way back; {@code bytes} is the whole coded row. */
    abstract void decode(byte[] bytes, float[] x, int to, int columns);

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException for a weight that is no finite number, or a scale that exceeds float16
     */
    @Override
    public final void encode(
            float[] row, int from, int columns, float @Nullable [] importance, MemorySegment out, long at) {
        Objects.checkFromIndexSize(from, columns, row.length);
        for (int i = 0; i < columns; i++)
            if (!Float.isFinite(row[from + i]))
                throw new IllegalArgumentException(
                        "weight in column " + i + " is " + row[from + i] + ", which " + type + " cannot hold");
        byte[] bytes = new byte[rowBytes(columns)];
        encode(row, from, columns, bytes);
        MemorySegment.copy(bytes, 0, out, ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    @Override
    public final void decode(MemorySegment in, long at, float[] row, int to, int columns) {
        Objects.checkFromIndexSize(to, columns, row.length);
        byte[] bytes = new byte[rowBytes(columns)];
        MemorySegment.copy(in, ValueLayout.JAVA_BYTE, at, bytes, 0, bytes.length);
        decode(bytes, row, to, columns);
    }

    private int rowBytes(int columns) {
        return Math.toIntExact(type.byteSize(columns, 1).orElseThrow());
    }

    /** The largest |x| of {@code count} weights. */
    static float largest(float[] x, int from, int count) {
        float largest = 0;
        for (int i = from; i < from + count; i++) largest = Math.max(largest, Math.abs(x[i]));
        return largest;
    }

    /** {@code 1 / scale}, or 0 where that is infinite: such a scale is 0 as a float16 anyway. */
    static float inverse(float scale) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        return Float.isInfinite(inverse) ? 0 : inverse;
    }

    /** To the nearest whole number, halves away from zero: C's lroundf. The sum is exact in double. */
    static int round(float value) {
        return (int) (value + Math.copySign(0.5, value));
    }

    void putHalf(byte[] bytes, int at, float value) {
        short bits = Float.floatToFloat16(value);
        if (Float.isInfinite(Float.float16ToFloat(bits)))
            throw new IllegalArgumentException("scale " + value + " does not fit " + type + "'s float16");
        bytes[at] = (byte) bits;
        bytes[at + 1] = (byte) (bits >>> 8);
    }

    static float half(byte[] bytes, int at) {
        return Float.float16ToFloat((short) (bytes[at] & 0xFF | bytes[at + 1] << 8));
    }

    @Override
    public String toString() {
        return type.label();
    }
}
