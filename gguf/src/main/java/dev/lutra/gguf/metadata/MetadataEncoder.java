package dev.lutra.gguf.metadata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.lutra.gguf.metadata.MetadataValue.BoolValue;
import dev.lutra.gguf.metadata.MetadataValue.FloatValue;
import dev.lutra.gguf.metadata.MetadataValue.IntegerValue;
import dev.lutra.gguf.metadata.MetadataValue.StringValue;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes metadata as GGUF stores it: little-endian, strings with a uint64 length in front. */
public final class MetadataEncoder {
    private MetadataEncoder() {}

    /** Appends key, type and value of every entry, in order. */
    public static void entries(ByteArrayOutputStream out, GgufMetadata metadata) {
        for (String key : metadata.keys()) {
            MetadataValue value = metadata.value(key);
            string(out, key);
            littleEndian(out, value.type().id(), Integer.BYTES);
            value(out, value);
        }
    }

    /** Appends a length and the UTF-8 bytes of {@code text}. */
    public static void string(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        littleEndian(out, utf8.length, Long.BYTES);
        out.writeBytes(utf8);
    }

    /** Appends the lowest {@code count} bytes of {@code bits}. */
    public static void littleEndian(ByteArrayOutputStream out, long bits, int count) {
        for (int i = 0; i < count; i++) out.write((int) (bits >>> 8 * i));
    }

    static void value(ByteArrayOutputStream out, MetadataValue value) {
        switch (value) {
            case IntegerValue(ValueType type, long bits) -> littleEndian(out, bits, type.bytes());
            case FloatValue(ValueType type, double number) -> {
                if (type == ValueType.F32) littleEndian(out, Float.floatToRawIntBits((float) number), Float.BYTES);
                else littleEndian(out, Double.doubleToRawLongBits(number), Double.BYTES);
            }
            case BoolValue(boolean flag) -> out.write(flag ? 1 : 0);
            case StringValue(String text) -> string(out, text);
            case ArrayValue array -> {
                littleEndian(out, array.elementType().id(), Integer.BYTES);
                littleEndian(out, array.size(), Long.BYTES);
                out.writeBytes(array.payload().toArray(JAVA_BYTE));
            }
        }
    }
}
