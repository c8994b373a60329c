package dev.lutra.gguf.safetensors;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The weights of a Hugging Face checkpoint: {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} lists. Tensors end with {@link #close}; any thread may read them.
 */
public final class Checkpoint implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final Path path;
    private final List<SafetensorsFile> files;
    private final Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();

    private Checkpoint(Path path, List<SafetensorsFile> files) {
        this.path = path;
        this.files = List.copyOf(files);
        for (SafetensorsFile file : files)
            for (SafetensorsTensor tensor : file.tensors()) {
                SafetensorsTensor other = tensors.putIfAbsent(tensor.name(), tensor);
                if (other != null)
                    throw new MalformedFileException(
                            file.path(),
                            tensor.offset(),
                            "tensor " + tensor.name() + " is also in "
                                    + other.file().getFileName());
            }
    }

    /**
     * Opens a checkpoint.
     *
     * @param path a folder, an index, or a single safetensors file
     * @throws MalformedFileException when there are no weights, or they are damaged or incomplete
     */
    public static Checkpoint open(Path path) throws IOException {
        if (!Files.exists(path)) throw new NoSuchFileException(path.toString(), null, "no such file or folder");
        Path weights = Files.isDirectory(path) ? weightsIn(path) : path;
        if (!String.valueOf(weights.getFileName()).endsWith(".json")) return open(path, List.of(weights), Map.of());
        Map<String, Path> index = CheckpointIndex.read(weights);
        return open(path, index.values().stream().distinct().toList(), index);
    }

    private static Checkpoint open(Path path, List<Path> shards, Map<String, Path> index) throws IOException {
        List<SafetensorsFile> files = new ArrayList<>();
        try {
            for (Path shard : shards) files.add(openShard(path, shard));
            Checkpoint checkpoint = new Checkpoint(path, files);
            index.forEach((name, file) -> {
                SafetensorsTensor tensor = checkpoint.tensors.get(name);
                if (tensor == null || !tensor.file().equals(file))
                    throw new MalformedFileException(file, "lacks tensor " + name + ", which the index places there");
            });
            return checkpoint;
        } catch (Throwable failure) {
            files.forEach(SafetensorsFile::close);
            throw failure;
        }
    }

    private static SafetensorsFile openShard(Path checkpoint, Path shard) throws IOException {
        try {
            return SafetensorsFile.open(shard);
        } catch (NoSuchFileException missing) {
            throw new MalformedFileException(
                    checkpoint,
                    MalformedFileException.NO_OFFSET,
                    "shard " + shard.getFileName() + " is missing; download it into the same folder",
                    missing);
        }
    }

    /** The file to start from, in the order in which transformers looks. */
    private static Path weightsIn(Path folder) throws IOException {
        for (String name : List.of(SINGLE, INDEX))
            if (Files.isRegularFile(folder.resolve(name))) return folder.resolve(name);
        List<Path> others;
        try (Stream<Path> entries = Files.list(folder)) {
            others = entries.filter(entry -> entry.toString().endsWith(".safetensors"))
                    .toList();
        }
        if (others.size() == 1) return others.getFirst();
        throw new MalformedFileException(
                folder,
                "holds neither " + SINGLE + " nor " + INDEX
                        + (Files.exists(folder.resolve("pytorch_model.bin"))
                                        || Files.exists(folder.resolve("pytorch_model.bin.index.json"))
                                ? "; save the checkpoint as safetensors, PyTorch's pickled files are not read"
                                : "; give the folder of a Hugging Face checkpoint"));
    }

    /** What was opened. */
    public Path path() {
        return path;
    }

    /** The files that hold the tensors. */
    public List<SafetensorsFile> files() {
        return files;
    }

    /** Bytes of all files together. */
    public long byteSize() {
        return files.stream().mapToLong(SafetensorsFile::byteSize).sum();
    }

    /** All tensors, file by file. */
    public List<SafetensorsTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    public Optional<SafetensorsTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * The tensor called {@code name}.
     *
     * @throws MalformedFileException when there is none
     */
    public SafetensorsTensor tensor(String name) {
        return find(name)
                .orElseThrow(() -> new MalformedFileException(
                        path, "has no tensor " + name + "; the checkpoint is incomplete or of another family"));
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
