package dev.lutra.gguf.metadata;

import dev.lutra.gguf.bytes.ByteCursor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Builds arrays in memory, encoded as GGUF stores them. */
final class ArrayEncoder {
    private ArrayEncoder() {}

    static ArrayValue strings(List<String> values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String value : values) MetadataEncoder.string(bytes, value);
        return ArrayValue.index(ValueType.STRING, values.size(), MemorySegment.ofArray(bytes.toByteArray()));
    }

    static ArrayValue ints(ValueType type, int[] values) {
        MemorySegment payload = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Integer.BYTES)]);
        for (int i = 0; i < values.length; i++) payload.set(ByteCursor.INT_LE, (long) i * Integer.BYTES, values[i]);
        return ArrayValue.index(type, values.length, payload);
    }

    static ArrayValue floats(float[] values) {
        MemorySegment payload = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Float.BYTES)]);
        for (int i = 0; i < values.length; i++) payload.set(ByteCursor.FLOAT_LE, (long) i * Float.BYTES, values[i]);
        return ArrayValue.index(ValueType.F32, values.length, payload);
    }

    static ArrayValue values(ValueType type, List<? extends MetadataValue> values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (MetadataValue value : values) {
            if (value.type() != type)
                throw new IllegalArgumentException("an array of " + type + " cannot hold a " + value.type());
            MetadataEncoder.value(bytes, value);
        }
        return ArrayValue.index(type, values.size(), MemorySegment.ofArray(bytes.toByteArray()));
    }
}
