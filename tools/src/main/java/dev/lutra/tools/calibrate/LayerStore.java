package dev.lutra.tools.calibrate;

import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.type.TensorTypes;
import dev.lutra.gguf.type.TypeDialect;
import dev.lutra.tools.cli.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finished layers in a folder, so that an interrupted calibration goes on where it was. A layer counts as finished once its
 * list of tensors has its name; the hidden states behind it are written before that.
 */
final class LayerStore {
    private static final String IDENTITY = "calibration.txt";

    private final Path folder;

    private LayerStore(Path folder) {
        this.folder = folder;
    }

    /**
     * Opens {@code folder}, which is made if need be.
     *
     * @param identity tells this calibration from any other
     * @throws CommandFailure when the folder belongs to another one
     */
    static LayerStore open(Path folder, String identity) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(IDENTITY);
        if (!Files.exists(file)) Files.writeString(file, identity);
        else if (!Files.readString(file).equals(identity))
            throw new CommandFailure(folder
                    + " holds the calibration of another model or with other settings; remove it or name another");
        return new LayerStore(folder);
    }

    /** Layers that are finished, counted from the first. */
    int finished() {
        int layer = 0;
        while (Files.exists(list(layer))) layer++;
        return layer;
    }

    private Path list(int layer) {
        return folder.resolve("layer-%03d.txt".formatted(layer));
    }

    private Path states(int layer) {
        return folder.resolve("states-%03d.bin".formatted(layer));
    }

    /**
     * Keeps a finished layer and the streams behind it.
     *
     * @param errors relative error of each of {@code tensors}
     */
    void save(
            int layer,
            Map<String, QuantizedTensor> tensors,
            Map<String, Double> errors,
            Map<String, float[]> vectors,
            Streams streams)
            throws IOException {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, QuantizedTensor> entry : tensors.entrySet()) {
            write(folder.resolve(entry.getKey()), List.of(entry.getValue().bytes()));
            lines.add(entry.getKey() + "\t" + entry.getValue().type().id() + "\t" + errors.get(entry.getKey()));
        }
        for (Map.Entry<String, float[]> entry : vectors.entrySet()) {
            write(folder.resolve(entry.getKey()), List.of(MemorySegment.ofArray(entry.getValue())));
            lines.add(entry.getKey());
        }
        write(
                states(layer + 1),
                List.of(streams.full().segment(), streams.quantized().segment()));
        Path part = folder.resolve("layer.part");
        Files.write(part, lines);
        Files.move(part, list(layer), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(states(layer));
    }

    /** Brings {@code streams} behind the last finished layer. */
    void restore(int finished, Streams streams) throws IOException {
        MemorySegment full = streams.full().segment(),
                quantized = streams.quantized().segment();
        Path file = states(finished);
        if (!Files.exists(file) || Files.size(file) != full.byteSize() + quantized.byteSize())
            throw new CommandFailure(
                    file + " is missing or damaged; remove " + folder + " to calibrate from the start");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stored = map(file, arena);
            MemorySegment.copy(stored, 0, full, 0, full.byteSize());
            MemorySegment.copy(stored, full.byteSize(), quantized, 0, quantized.byteSize());
        }
    }

    /**
     * A tensor of a finished layer.
     *
     * @param type null for float vectors
     * @param relativeError of a matrix against the weights that its format was to hold; 0 for vectors
     */
    record Stored(String name, @Nullable TensorType type, MemorySegment bytes, double relativeError) {}

    /** All tensors of the finished layers by name, mapped into {@code arena}. */
    Map<String, Stored> tensors(Arena arena) throws IOException {
        Map<String, Stored> tensors = new LinkedHashMap<>();
        for (int layer = 0; layer < finished(); layer++)
            for (String line : Files.readAllLines(list(layer))) {
                List<String> parts = List.of(line.split("\t", -1));
                String name = parts.getFirst();
                boolean vector = parts.size() < 3;
                TensorType type = vector ? null : TensorTypes.byId(Integer.parseInt(parts.get(1)), TypeDialect.GGML);
                double error = vector ? 0 : Double.parseDouble(parts.get(2));
                tensors.put(name, new Stored(name, type, map(folder.resolve(name), arena), error));
            }
        return tensors;
    }

    /** Removes what only resuming needs. */
    void dropStates() {
        try {
            Files.deleteIfExists(states(finished()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MemorySegment map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    private static void write(Path file, List<MemorySegment> parts) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        long size = parts.stream().mapToLong(MemorySegment::byteSize).sum();
        try (FileChannel channel = FileChannel.open(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
            long at = 0;
            for (MemorySegment bytes : parts) {
                MemorySegment.copy(
                        bytes, ValueLayout.JAVA_BYTE, 0, mapped, ValueLayout.JAVA_BYTE, at, bytes.byteSize());
                at += bytes.byteSize();
            }
            mapped.force();
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
