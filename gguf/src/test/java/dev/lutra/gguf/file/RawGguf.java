package dev.lutra.gguf.file;

import dev.lutra.gguf.metadata.MetadataEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Assembles GGUF bytes field by field, also such as no writer would write. */
final class RawGguf {
    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final ByteArrayOutputStream table = new ByteArrayOutputStream();
    private int version = 3;
    private long pairs;
    private long tensors;
    private int dataBytes;

    static void number(ByteArrayOutputStream out, long value, int bytes) {
        MetadataEncoder.littleEndian(out, value, bytes);
    }

    RawGguf version(int value) {
        version = value;
        return this;
    }

    /** Adds a pair; {@code fields} come after the value's type. */
    RawGguf pair(String key, int type, byte[] value) {
        MetadataEncoder.string(entries, key);
        number(entries, type, 4);
        entries.writeBytes(value);
        pairs++;
        return this;
    }

    RawGguf text(String key, String value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        MetadataEncoder.string(bytes, value);
        return pair(key, 8, bytes.toByteArray());
    }

    RawGguf u32(String key, int value) {
        return pair(key, 4, bytes(value, 4));
    }

    static byte[] bytes(long value, int count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        number(out, value, count);
        return out.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    RawGguf tensor(String name, int type, long offset, long... dimensions) {
        MetadataEncoder.string(table, name);
        number(table, dimensions.length, 4);
        for (long dimension : dimensions) number(table, dimension, 8);
        number(table, type, 4);
        number(table, offset, 8);
        tensors++;
        return this;
    }

    /** Bytes of tensor data that follow the padded header. */
    RawGguf data(int bytes) {
        dataBytes = bytes;
        return this;
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        number(out, version, 4);
        number(out, tensors, 8);
        number(out, pairs, 8);
        out.writeBytes(entries.toByteArray());
        out.writeBytes(table.toByteArray());
        if (dataBytes > 0) out.writeBytes(new byte[-out.size() & 31]);
        out.writeBytes(new byte[dataBytes]);
        return out.toByteArray();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, toBytes());
    }
}
