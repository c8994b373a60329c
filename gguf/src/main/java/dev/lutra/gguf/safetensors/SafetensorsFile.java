package dev.lutra.gguf.safetensors;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.bytes.MappedFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One open safetensors file. Its tensors end with {@link #close}; any thread may read them. */
public final class SafetensorsFile implements AutoCloseable {
    private final MappedFile file;
    private final Map<String, String> metadata;
    private final Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();

    private SafetensorsFile(MappedFile file) {
        this.file = file;
        SafetensorsHeader header = SafetensorsHeader.read(file);
        this.metadata = Collections.unmodifiableMap(header.metadata());
        for (SafetensorsTensor tensor : header.tensors()) tensors.put(tensor.name(), tensor);
    }

    /**
     * Maps {@code path} and validates its header.
     *
     * @throws MalformedFileException when it is no sound safetensors file
     */
    public static SafetensorsFile open(Path path) throws IOException {
        MappedFile file = MappedFile.open(path);
        try {
            return new SafetensorsFile(file);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /**
     * Reads a file that lies in memory.
     *
     * @param name what messages call it
     * @param bytes all of it; they stay the caller's, and {@link #close} does not release them
     */
    public static SafetensorsFile of(Path name, MemorySegment bytes) {
        return new SafetensorsFile(MappedFile.of(name, bytes));
    }

    public Path path() {
        return file.path();
    }

    public long byteSize() {
        return file.size();
    }

    /** The free-form strings of {@code __metadata__}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** All tensors in the order of the header. */
    public List<SafetensorsTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    public Optional<SafetensorsTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    @Override
    public void close() {
        file.close();
    }
}
