package dev.lutra.quant.imatrix;

import dev.lutra.gguf.bytes.ByteCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The older form, without magic: int32 number of entries; for each, int32 length and bytes of the name, int32 calls, int32
 * number of values, float32 values; then, optionally, int32 chunks and int32 length and bytes of the data set's name. A value
 * divided by the calls is a mean square. Little-endian.
 */
final class LegacyForm {
    private static final int LONGEST_NAME = 1024;

    /** What a file that does not say is taken to have had: the context length that the tool uses by default. */
    private static final int DEFAULT_CHUNK_SIZE = 512;

    private LegacyForm() {}

    static ImportanceMatrix read(Path path, MemorySegment bytes) {
        ByteCursor cursor = new ByteCursor(path, bytes);
        int count = cursor.readInt("the number of entries");
        if (count < 1 || count > cursor.remaining() / (3 * Integer.BYTES))
            throw cursor.fault(
                    Integer.BYTES, "this is no importance matrix: neither GGUF, nor can it hold " + count + " entries");
        Map<String, ColumnStatistics> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            String name = readString(cursor, "the name of entry " + i);
            ImportanceFile.requireNew(entries, path, name);
            entries.put(name, readEntry(path, cursor, name));
        }
        int chunks = 0;
        List<String> datasets = List.of();
        if (cursor.remaining() > 0) {
            chunks = Math.max(0, cursor.readInt("the number of chunks"));
            if (cursor.remaining() > 0) datasets = List.of(readString(cursor, "the name of the data set"));
        }
        return new ImportanceMatrix(entries, datasets, chunks, DEFAULT_CHUNK_SIZE);
    }

    private static ColumnStatistics readEntry(Path path, ByteCursor cursor, String name) {
        int calls = cursor.readInt("the calls of " + name);
        int count = cursor.readInt("the number of values of " + name);
        if (calls < 0 || count < 1)
            throw cursor.fault(2 * Integer.BYTES, name + " has " + calls + " calls and " + count + " values");
        MemorySegment values = cursor.readBytes((long) count * Float.BYTES, "the values of " + name);
        // without calls, llama.cpp takes the values as they are
        float[] counts = {Math.max(1, calls)};
        return ImportanceFile.statistics(path, name, values.toArray(ByteCursor.FLOAT_LE), counts);
    }

    private static String readString(ByteCursor cursor, String what) {
        int length = cursor.readInt(what);
        if (length < 0 || length > LONGEST_NAME)
            throw cursor.fault(Integer.BYTES, what + " is " + length + " bytes long");
        return new String(cursor.readBytes(length, what).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** Tensors that no token reached are left out, as their mean would be a guess. */
    static void write(ImportanceMatrix matrix, Path path) throws IOException {
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try {
            try (FileChannel out = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                writeTo(out, matrix);
                out.force(true);
            }
            Files.move(part, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void writeTo(FileChannel out, ImportanceMatrix matrix) throws IOException {
        Map<String, ColumnStatistics> reached = new LinkedHashMap<>(matrix.entries());
        reached.values().removeIf(statistics -> statistics.coverage() == 0);
        writeFully(out, buffer(Integer.BYTES).putInt(reached.size()));
        for (Map.Entry<String, ColumnStatistics> entry : reached.entrySet()) {
            ColumnStatistics statistics = entry.getValue();
            int calls = (int) Math.ceil((double) statistics.largestCount() / matrix.chunkSize());
            float[] means = statistics.means();
            byte[] name = entry.getKey().getBytes(StandardCharsets.UTF_8);
            ByteBuffer buffer = buffer(3 * Integer.BYTES + name.length + means.length * Float.BYTES);
            buffer.putInt(name.length).put(name).putInt(calls).putInt(means.length);
            for (float mean : means) buffer.putFloat(mean * calls);
            writeFully(out, buffer);
        }
        byte[] dataset =
                (matrix.datasets().isEmpty() ? "" : matrix.datasets().getLast()).getBytes(StandardCharsets.UTF_8);
        writeFully(
                out,
                buffer(2 * Integer.BYTES + dataset.length)
                        .putInt(matrix.chunks())
                        .putInt(dataset.length)
                        .put(dataset));
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void writeFully(FileChannel out, ByteBuffer buffer) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) out.write(buffer);
    }
}
