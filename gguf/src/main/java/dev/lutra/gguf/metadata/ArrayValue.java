package dev.lutra.gguf.metadata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lutra.gguf.bytes.ByteCursor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An array of GGUF metadata, kept as the bytes of the file and decoded on demand: a vocabulary of 150 thousand tokens costs
 * one pass over its lengths when it is opened, and no object per token. An array read from a file ends with that file; see
 * {@link #detach}.
 */
public final class ArrayValue implements MetadataValue {
    /** Every so many elements of variable size have their offset in {@link #starts}; the ones between are walked to. */
    static final int STRIDE = 32;

    private final ValueType elementType;
    private final long size;
    private final MemorySegment payload;
    private final long[] starts;

    ArrayValue(ValueType elementType, long size, MemorySegment payload, long[] starts) {
        this.elementType = elementType;
        this.size = size;
        this.payload = payload.asReadOnly();
        this.starts = starts;
    }

    /**
     * Wraps elements that are encoded as GGUF stores them.
     *
     * @param payload the elements without the array's own type and count
     */
    static ArrayValue index(ValueType elementType, long size, MemorySegment payload) {
        if (elementType.bytes() > 0) return new ArrayValue(elementType, size, payload, new long[0]);
        long[] starts = new long[Math.toIntExact((size + STRIDE - 1) / STRIDE)];
        long at = 0;
        for (long i = 0; i < size; i++) {
            if (i % STRIDE == 0) starts[(int) (i / STRIDE)] = at;
            at = elementEnd(elementType, payload, at);
        }
        return new ArrayValue(elementType, size, payload, starts);
    }

    public static ArrayValue ofStrings(List<String> values) {
        return ArrayEncoder.strings(values);
    }

    public static ArrayValue ofInts(int... values) {
        return ArrayEncoder.ints(ValueType.I32, values);
    }

    /** An array of {@code u32}; values from 2^31 on are given as negative numbers. */
    public static ArrayValue ofUnsignedInts(int... values) {
        return ArrayEncoder.ints(ValueType.U32, values);
    }

    public static ArrayValue ofFloats(float... values) {
        return ArrayEncoder.floats(values);
    }

    /**
     * An array of any element type, nested arrays included.
     *
     * @throws IllegalArgumentException when a value is not of {@code elementType}
     */
    public static ArrayValue of(ValueType elementType, List<? extends MetadataValue> values) {
        return ArrayEncoder.values(elementType, values);
    }

    @Override
    public ValueType type() {
        return ValueType.ARRAY;
    }

    public ValueType elementType() {
        return elementType;
    }

    public long size() {
        return size;
    }

    /** The elements as GGUF stores them, one after another, little-endian. */
    public MemorySegment payload() {
        return payload;
    }

    /** The same array in memory of its own, which outlives the file. */
    public ArrayValue detach() {
        MemorySegment copy = Arena.ofAuto().allocate(payload.byteSize(), 8).copyFrom(payload);
        return new ArrayValue(elementType, size, copy, starts);
    }

    /** Element {@code i} under its stored type. */
    public MetadataValue element(long i) {
        long at = startOf(i);
        return switch (elementType) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> new IntegerValue(elementType, integerAt(at));
            case F32, F64 -> new FloatValue(elementType, floatAt(at));
            case BOOL -> new BoolValue(payload.get(JAVA_BYTE, at) != 0);
            case STRING -> new StringValue(new String(stringBytes(i), StandardCharsets.UTF_8));
            case ARRAY -> array(i);
        };
    }

    /** The undecoded bytes of string {@code i}. */
    public byte[] stringBytes(long i) {
        require(elementType == ValueType.STRING, "strings");
        return bytesAt(startOf(i));
    }

    /** Nested array {@code i}. */
    public ArrayValue array(long i) {
        require(elementType == ValueType.ARRAY, "arrays");
        long at = startOf(i), end = elementEnd(elementType, payload, at);
        ValueType inner = ValueType.byId(payload.get(ByteCursor.INT_LE, at)).orElseThrow(IllegalArgumentException::new);
        return index(inner, payload.get(ByteCursor.LONG_LE, at + 4), payload.asSlice(at + 12, end - at - 12));
    }

    /** All strings, decoded into a list that outlives the file. */
    public List<String> strings() {
        require(elementType == ValueType.STRING, "strings");
        List<String> strings = new ArrayList<>(Math.toIntExact(size));
        long at = 0;
        for (long i = 0; i < size; i++) {
            byte[] utf8 = bytesAt(at);
            strings.add(new String(utf8, StandardCharsets.UTF_8));
            at += 8 + utf8.length;
        }
        return strings;
    }

    /**
     * All elements of an integer array.
     *
     * @throws ArithmeticException when one does not fit an {@code int}
     */
    public int[] ints() {
        require(elementType.isInteger(), "integers");
        if (elementType == ValueType.I32) return payload.toArray(ByteCursor.INT_LE);
        int[] values = new int[Math.toIntExact(size)];
        for (int i = 0; i < values.length; i++) values[i] = Math.toIntExact(integerAt(startOf(i)));
        return values;
    }

    /** All elements of an integer array; {@code u64} from 2^63 on appear negative. */
    public long[] longs() {
        require(elementType.isInteger(), "integers");
        long[] values = new long[Math.toIntExact(size)];
        for (int i = 0; i < values.length; i++) values[i] = integerAt(startOf(i));
        return values;
    }

    /** All elements of an {@code f32} or {@code f64} array, rounded to float. */
    public float[] floats() {
        require(elementType == ValueType.F32 || elementType == ValueType.F64, "floating-point numbers");
        float[] values = new float[Math.toIntExact(size)];
        for (int i = 0; i < values.length; i++) values[i] = (float) floatAt(startOf(i));
        return values;
    }

    private void require(boolean right, String wanted) {
        if (!right) throw new IllegalArgumentException("an array of " + elementType + " holds no " + wanted);
    }

    private long startOf(long i) {
        if (i < 0 || i >= size) throw new IndexOutOfBoundsException(i + " is outside an array of " + size);
        if (elementType.bytes() > 0) return i * elementType.bytes();
        long at = starts[(int) (i / STRIDE)];
        for (long skipped = i % STRIDE; skipped > 0; skipped--) at = elementEnd(elementType, payload, at);
        return at;
    }

    private byte[] bytesAt(long at) {
        return payload.asSlice(at + 8, payload.get(ByteCursor.LONG_LE, at)).toArray(JAVA_BYTE);
    }

    private long integerAt(long at) {
        return switch (elementType) {
            case U8 -> payload.get(JAVA_BYTE, at) & 0xFF;
            case I8 -> payload.get(JAVA_BYTE, at);
            case U16 -> payload.get(ByteCursor.SHORT_LE, at) & 0xFFFF;
            case I16 -> payload.get(ByteCursor.SHORT_LE, at);
            case U32 -> payload.get(ByteCursor.INT_LE, at) & 0xFFFF_FFFFL;
            case I32 -> payload.get(ByteCursor.INT_LE, at);
            case U64, I64 -> payload.get(ByteCursor.LONG_LE, at);
            case F32, F64, BOOL, STRING, ARRAY -> throw new IllegalStateException(elementType + " is no integer");
        };
    }

    private double floatAt(long at) {
        return elementType == ValueType.F32
                ? payload.get(ByteCursor.FLOAT_LE, at)
                : payload.get(ByteCursor.DOUBLE_LE, at);
    }

    /** Where the element at {@code at} ends, in a payload whose lengths have been checked. */
    private static long elementEnd(ValueType type, MemorySegment payload, long at) {
        if (type == ValueType.STRING) return at + 8 + payload.get(ByteCursor.LONG_LE, at);
        ValueType inner = ValueType.byId(payload.get(ByteCursor.INT_LE, at)).orElseThrow(IllegalArgumentException::new);
        long count = payload.get(ByteCursor.LONG_LE, at + 4), end = at + 12;
        if (inner.bytes() > 0) return end + count * inner.bytes();
        for (long i = 0; i < count; i++) end = elementEnd(inner, payload, end);
        return end;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ArrayValue that
                && elementType == that.elementType
                && size == that.size
                && payload.mismatch(that.payload) < 0;
    }

    @Override
    public int hashCode() {
        return 31 * elementType.hashCode() + Long.hashCode(size);
    }

    /** Type and size, as in {@code string[151936]}; the elements may be many. */
    @Override
    public String toString() {
        return elementType + "[" + size + "]";
    }
}
