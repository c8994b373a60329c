package dev.lutra.gguf.bytes;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A whole file, mapped read-only into one segment, of any size. Segments sliced from it end with {@link #close}; any thread
 * may read them.
 */
public final class MappedFile implements AutoCloseable {
    private final Path path;
    private final @Nullable Arena arena;
    private final MemorySegment segment;

    private MappedFile(Path path, @Nullable Arena arena, MemorySegment segment) {
        this.path = path;
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Maps {@code path}.
     *
     * @throws NoSuchFileException when there is no such file
     * @throws MalformedFileException when it is a folder or a special file
     */
    public static MappedFile open(Path path) throws IOException {
        if (!Files.exists(path)) throw new NoSuchFileException(path.toString(), null, "no such file");
        if (!Files.isRegularFile(path))
            throw new MalformedFileException(path, "is not a regular file; give the path of the model file itself");
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new MappedFile(path, arena, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /**
     * Bytes that lie in memory already, under the name that messages give them. Closing does nothing: they belong to the
     * caller.
     */
    public static MappedFile of(Path name, MemorySegment bytes) {
        return new MappedFile(name, null, bytes.asReadOnly());
    }

    public Path path() {
        return path;
    }

    /** All bytes of the file. */
    public MemorySegment segment() {
        return segment;
    }

    public long size() {
        return segment.byteSize();
    }

    @Override
    public void close() {
        if (arena != null && arena.scope().isAlive()) arena.close();
    }
}
