package dev.lutra.engine.evaluation;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
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
import java.util.Arrays;

/**
 * The distributions of a reference model over one text, on disk: the header (magic, version, context, vocabulary, chunks,
 * hash of the ids), then the log-probabilities of every predicted position as float32.
 *
 * <p>llama.cpp's files of this purpose hold 16 bits per value, which is coarser than the differences between good formats.
 */
public final class BaseDistributions implements AutoCloseable {
    private static final byte[] MAGIC = "lutra-kl".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1, HEADER_BYTES = 32;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena;
    private final MemorySegment rows;
    private final int vocabulary;
    private final float[] row;
    private long next;

    private BaseDistributions(Arena arena, MemorySegment rows, int vocabulary) {
        this.arena = arena;
        this.rows = rows;
        this.vocabulary = vocabulary;
        row = new float[vocabulary];
    }

    private static ByteBuffer header(int context, int vocabulary, int chunks, int[] ids) {
        int hash = Arrays.hashCode(Arrays.copyOf(ids, chunks * context));
        return ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(context)
                .putInt(vocabulary)
                .putInt(chunks)
                .putInt(hash)
                .putInt(0)
                .flip();
    }

    /** Bytes of a file for {@code chunks} chunks. */
    public static long byteSize(int context, int vocabulary, int chunks) {
        return HEADER_BYTES + (long) chunks * (context - 1) * vocabulary * Float.BYTES;
    }

    /** Opens what {@link Writer} wrote for the same text, context and number of chunks. */
    public static BaseDistributions open(Path file, int context, int vocabulary, int chunks, int[] ids)
            throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer found = ByteBuffer.allocate(HEADER_BYTES);
            while (found.hasRemaining() && channel.read(found, found.position()) > 0) {}
            if (!found.flip().equals(header(context, vocabulary, chunks, ids)))
                throw new MalformedFileException(
                        file, "was not written for this text, -c, --chunks and vocabulary; write it again");
            if (channel.size() != byteSize(context, vocabulary, chunks))
                throw new MalformedFileException(file, "is cut short; write it again");
            MemorySegment rows =
                    channel.map(FileChannel.MapMode.READ_ONLY, HEADER_BYTES, channel.size() - HEADER_BYTES, arena);
            return new BaseDistributions(arena, rows, vocabulary);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Log-probabilities of the next position, valid until the next call. */
    float[] nextRow() {
        MemorySegment.copy(rows, FLOAT, next, row, 0, vocabulary);
        next += (long) vocabulary * Float.BYTES;
        return row;
    }

    @Override
    public void close() {
        arena.close();
    }

    /** Writes a file position by position, under a temporary name until it is whole. */
    public static final class Writer implements AutoCloseable {
        private final Path file;
        private final Path part;
        private final FileChannel channel;
        private final ByteBuffer row;

        /** Starts {@code file} for the first {@code chunks} chunks of {@code ids}; an existing file is replaced at the end. */
        public Writer(Path file, int context, int vocabulary, int chunks, int[] ids) throws IOException {
            this.file = file;
            part = file.resolveSibling(file.getFileName() + ".part");
            channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            row = ByteBuffer.allocate(vocabulary * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(header(context, vocabulary, chunks, ids));
        }

        /** Appends the log-probabilities of one position. */
        public void add(float[] logProbabilities) throws IOException {
            row.clear();
            row.asFloatBuffer().put(logProbabilities);
            writeFully(row);
        }

        private void writeFully(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) channel.write(bytes);
        }

        /** Gives the file its name. */
        public void commit() throws IOException {
            channel.force(true);
            channel.close();
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(part);
        }
    }
}
