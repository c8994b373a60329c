package dev.lutra.gguf.file;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.MappedFile;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.type.TypeDialect;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open GGUF model, in one file or in shards. Opening validates the whole header and maps the data, so every tensor lies
 * inside its file and none overlap. Tensor data and metadata arrays end with {@link #close}; any thread may read them.
 */
public final class GgufFile implements AutoCloseable {
    private final List<GgufShard> shards;
    private final TypeDialect dialect;
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();

    private GgufFile(List<GgufShard> shards) {
        this.shards = List.copyOf(shards);
        TypeResolver resolver = TypeResolver.of(metadata());
        this.dialect = resolver.dialect();
        for (GgufShard shard : shards)
            for (GgufTensor tensor : TensorPlacer.place(shard.file(), shard.header(), resolver))
                if (tensors.putIfAbsent(tensor.name(), tensor) != null)
                    throw new MalformedFileException(
                            shard.path(),
                            "tensor " + tensor.name() + " appears in two shards; convert the model again");
    }

    /**
     * Opens a model. The first shard of a sharded model opens all of them, which must lie in the same folder under
     * llama.cpp's names.
     *
     * @throws IOException when a file cannot be read
     * @throws MalformedFileException when a file is damaged, or another shard than the first is given
     */
    public static GgufFile open(Path path) throws IOException {
        return create(GgufShard.openAll(path));
    }

    /** Opens one file alone, also when it is one of several shards: to inspect it, or to check what was written. */
    public static GgufFile openSingle(Path path) throws IOException {
        return create(List.of(GgufShard.open(path)));
    }

    /**
     * Reads a model in one piece that lies in memory.
     *
     * @param name what messages call it
     * @param bytes all of it; they stay the caller's, and {@link #close} does not release them
     */
    public static GgufFile of(Path name, MemorySegment bytes) {
        MappedFile file = MappedFile.of(name, bytes);
        return create(List.of(new GgufShard(file, GgufHeader.read(file))));
    }

    private static GgufFile create(List<GgufShard> shards) {
        try {
            return new GgufFile(shards);
        } catch (Throwable failure) {
            shards.forEach(GgufShard::close);
            throw failure;
        }
    }

    /** The file that was opened: the first shard. */
    public Path path() {
        return shards.getFirst().path();
    }

    /** All files of the model, in order. */
    public List<Path> paths() {
        return shards.stream().map(GgufShard::path).toList();
    }

    /** Bytes of all files together. */
    public long byteSize() {
        return shards.stream().mapToLong(shard -> shard.file().size()).sum();
    }

    /** The container's version, 2 or 3. */
    public int version() {
        return shards.getFirst().header().version();
    }

    public int alignment() {
        return shards.getFirst().header().alignment();
    }

    /** Whose numbering the file's type ids follow where sizes do not decide; {@link GgufTensor#evidence} tells more. */
    public TypeDialect dialect() {
        return dialect;
    }

    /** The metadata of the model, which is that of its first shard. */
    public GgufMetadata metadata() {
        return shards.getFirst().header().metadata();
    }

    /** All tensors, in file order. */
    public List<GgufTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    public Optional<GgufTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * The tensor called {@code name}.
     *
     * @throws MalformedFileException when there is none
     */
    public GgufTensor tensor(String name) {
        return find(name)
                .orElseThrow(() ->
                        new MalformedFileException(path(), "has no tensor " + name + "; convert the model again"));
    }

    @Override
    public void close() {
        shards.forEach(GgufShard::close);
    }
}
