package dev.lutra.gguf.safetensors;

import dev.lutra.gguf.bytes.PartFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes one safetensors file: header first, then tensors in any order, in windows, from any number of threads. The file
 * takes its final name when it is whole and read back; closing without {@link #commit} leaves nothing.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final PartFile part;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private boolean done;

    /** @param written bytes so far */
    private record Place(long offset, long byteSize, AtomicLong written) {}

    /**
     * A tensor that is to be written.
     *
     * @param shape slowest dimension first
     */
    public record Entry(String name, Dtype dtype, List<Long> shape) {
        public Entry {
            shape = List.copyOf(shape);
            for (long dimension : shape)
                if (dimension < 0) throw new IllegalArgumentException("tensor " + name + " has the shape " + shape);
        }

        long byteSize() {
            return dtype.byteSize(shape.stream().reduce(1L, Math::multiplyExact));
        }
    }

    private SafetensorsWriter(Path target, List<Entry> entries, Map<String, String> metadata, boolean overwrite)
            throws IOException {
        List<Entry> ordered = new ArrayList<>(entries);
        // widest elements first, as the reference writes, so that every tensor is aligned to its elements
        ordered.sort(
                Comparator.comparingInt((Entry entry) -> entry.dtype().bits()).reversed());
        byte[] header = header(ordered, metadata);
        long end = header.length;
        for (Entry entry : ordered) {
            places.put(entry.name(), new Place(end, entry.byteSize(), new AtomicLong()));
            end = Math.addExact(end, entry.byteSize());
        }
        PartFile.requireSpace(target, end);
        this.part = PartFile.open(target, end, overwrite, false);
        try {
            part.write(0, MemorySegment.ofArray(header));
        } catch (Throwable failure) {
            part.discard();
            throw failure;
        }
    }

    /**
     * Creates the file under its temporary name.
     *
     * @param metadata free-form strings for {@code __metadata__}; transformers wants {@code format=pt}
     * @throws java.nio.file.FileAlreadyExistsException when {@code target} exists and may not be replaced
     */
    public static SafetensorsWriter create(
            Path target, List<Entry> entries, Map<String, String> metadata, boolean overwrite) throws IOException {
        return new SafetensorsWriter(target, entries, metadata, overwrite);
    }

    /** Length and JSON, the latter padded with blanks to a multiple of 8 bytes. */
    private static byte[] header(List<Entry> entries, Map<String, String> metadata) {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) metadata.forEach(root.putObject("__metadata__")::put);
        long offset = 0;
        for (Entry entry : entries) {
            if (root.has(entry.name())) throw new IllegalArgumentException("tensor " + entry.name() + " appears twice");
            ObjectNode node = root.putObject(entry.name());
            node.put("dtype", entry.dtype().name());
            entry.shape().forEach(node.putArray("shape")::add);
            long end = Math.addExact(offset, entry.byteSize());
            node.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        String json = JSON.writeValueAsString(root);
        int padding = -json.getBytes(StandardCharsets.UTF_8).length & 7;
        byte[] text = (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
        byte[] header = new byte[Long.BYTES + text.length];
        for (int i = 0; i < Long.BYTES; i++) header[i] = (byte) ((long) text.length >>> 8 * i);
        System.arraycopy(text, 0, header, Long.BYTES, text.length);
        return header;
    }

    /** Writes a whole tensor: row-major, little-endian. */
    public void write(String name, MemorySegment bytes) throws IOException {
        if (bytes.byteSize() != place(name).byteSize())
            throw new IllegalArgumentException(
                    "tensor " + name + " has " + place(name).byteSize() + " bytes, not " + bytes.byteSize());
        write(name, 0, bytes);
    }

    /**
     * Writes a window of a tensor; each byte is to be written once.
     *
     * @param at offset of the window inside the tensor's data
     */
    public void write(String name, long at, MemorySegment bytes) throws IOException {
        Place place = place(name);
        if (at < 0 || bytes.byteSize() > place.byteSize() - at)
            throw new IllegalArgumentException("bytes " + at + " to " + (at + bytes.byteSize()) + " are outside tensor "
                    + name + " of " + place.byteSize());
        part.write(place.offset() + at, bytes);
        place.written().addAndGet(bytes.byteSize());
    }

    private Place place(String name) {
        Place place = places.get(name);
        if (place == null) throw new IllegalArgumentException("no tensor " + name + " is planned");
        return place;
    }

    /**
     * Reads the file back and gives it its final name.
     *
     * @throws IllegalStateException when a tensor is not finished
     */
    public void commit() throws IOException {
        places.forEach((name, place) -> {
            if (place.written().get() != place.byteSize())
                throw new IllegalStateException("tensor " + name + " is not finished: " + place.written() + " of "
                        + place.byteSize() + " bytes are written");
        });
        part.force();
        SafetensorsFile.open(part.part()).close();
        part.publish();
        done = true;
    }

    @Override
    public void close() throws IOException {
        if (!done) part.discard();
        done = true;
    }
}
