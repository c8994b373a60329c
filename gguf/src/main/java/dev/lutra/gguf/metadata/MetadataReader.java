package dev.lutra.gguf.metadata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lutra.gguf.bytes.ByteCursor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the key-value section, holding every count and length against the bytes that are left. */
public final class MetadataReader {
    /** GGUF's own limit, in bytes. */
    static final int LONGEST_KEY = 65535;

    /** Files in the wild have tens of keys; the limit keeps a hostile file from filling the heap with tiny entries. */
    private static final int MOST_ENTRIES = 100_000;

    /** Array in array in array: nothing needs more than two, and recursion must end. */
    private static final int DEEPEST_NESTING = 8;

    private final ByteCursor cursor;

    private MetadataReader(ByteCursor cursor) {
        this.cursor = cursor;
    }

    /** The largest believable number of entries. */
    public static int mostEntries() {
        return MOST_ENTRIES;
    }

    /** Reads {@code count} entries from {@code cursor}, a count that {@link ByteCursor#readCount} has passed. */
    public static GgufMetadata read(Path file, ByteCursor cursor, long count) {
        MetadataReader reader = new MetadataReader(cursor);
        Map<String, MetadataValue> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            String what = "metadata key " + (i + 1) + " of " + count;
            long start = cursor.position();
            String key = cursor.readName(what, LONGEST_KEY);
            if (key.isEmpty()) throw cursor.fault(cursor.position() - start, what + " is empty");
            if (values.containsKey(key))
                throw cursor.fault(cursor.position() - start, "metadata key " + key + " appears twice");
            values.put(key, reader.readValue("the value of metadata key " + key));
        }
        return new GgufMetadata(file, values);
    }

    private MetadataValue readValue(String what) {
        ValueType type = readType(what);
        return switch (type) {
            case U8 -> MetadataValue.u8(cursor.readByte(what) & 0xFF);
            case I8 -> MetadataValue.i8(cursor.readByte(what));
            case U16 -> MetadataValue.u16(cursor.readShort(what) & 0xFFFF);
            case I16 -> MetadataValue.i16(cursor.readShort(what));
            case U32 -> MetadataValue.u32(cursor.readInt(what) & 0xFFFF_FFFFL);
            case I32 -> MetadataValue.i32(cursor.readInt(what));
            case U64 -> MetadataValue.u64(cursor.readLong(what));
            case I64 -> MetadataValue.i64(cursor.readLong(what));
            case F32 -> MetadataValue.f32(Float.intBitsToFloat(cursor.readInt(what)));
            case F64 -> MetadataValue.f64(Double.longBitsToDouble(cursor.readLong(what)));
            case BOOL -> MetadataValue.bool(readBool(what));
            case STRING -> MetadataValue.string(cursor.readText(what));
            case ARRAY -> readArray(what);
        };
    }

    private ValueType readType(String what) {
        int id = cursor.readInt(what);
        return ValueType.byId(id)
                .orElseThrow(() -> cursor.fault(
                        4,
                        what + " has the unknown value type " + Integer.toUnsignedString(id)
                                + "; the file is damaged or newer than GGUF 3"));
    }

    private boolean readBool(String what) {
        byte value = cursor.readByte(what);
        if (value != 0 && value != 1) throw cursor.fault(1, what + " is the bool " + value + ", neither 0 nor 1");
        return value == 1;
    }

    private ArrayValue readArray(String what) {
        ValueType type = readType(what);
        long count = readArrayCount(type, what);
        long start = cursor.position();
        if (type == ValueType.STRING) {
            long[] starts = cursor.skipStrings(count, ArrayValue.STRIDE, what);
            return new ArrayValue(type, count, cursor.bytesBefore(cursor.position() - start), starts);
        }
        skipElements(type, count, 1, what);
        long length = cursor.position() - start;
        return ArrayValue.index(type, count, cursor.bytesBefore(length));
    }

    private long readArrayCount(ValueType type, String what) {
        return cursor.readCount("the array length of " + what, type.minimumBytes(), Integer.MAX_VALUE - 8);
    }

    private void skipElements(ValueType type, long count, int depth, String what) {
        switch (type) {
            case STRING -> cursor.skipStrings(count, Integer.MAX_VALUE, what);
            case ARRAY -> {
                if (depth == DEEPEST_NESTING)
                    throw cursor.fault(0, what + " nests arrays more than " + DEEPEST_NESTING + " deep");
                for (long i = 0; i < count; i++) {
                    ValueType inner = readType(what);
                    skipElements(inner, readArrayCount(inner, what), depth + 1, what);
                }
            }
            case BOOL -> {
                MemorySegment flags = cursor.readBytes(count, what);
                for (long i = 0; i < count; i++)
                    if ((flags.get(JAVA_BYTE, i) & ~1) != 0)
                        throw cursor.fault(count - i, what + " holds a bool that is neither 0 nor 1");
            }
            default -> cursor.skip(count * type.bytes(), what);
        }
    }
}
