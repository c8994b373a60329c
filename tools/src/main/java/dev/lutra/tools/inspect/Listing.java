package dev.lutra.tools.inspect;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.file.TypeEvidence;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.safetensors.SafetensorsFile;
import dev.lutra.gguf.safetensors.SafetensorsTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a model file holds, whatever its format.
 *
 * @param facts of the container, by name
 * @param metadata values as JSON takes them
 * @param tensors in file order
 * @param notes what a reader may stumble over
 */
public record Listing(
        Map<String, Object> facts, Map<String, Object> metadata, List<Entry> tensors, List<String> notes) {
    /**
     * A tensor.
     *
     * @param shape in the file's own order: of a GGUF a row's length first, of safetensors last
     */
    public record Entry(String name, String type, List<Long> shape, long offset, long bytes) {
        long elements() {
            return shape.stream().reduce(1L, (a, b) -> a * b);
        }
    }

    /** All tensors of one type together. */
    public record TypeSum(String type, long tensors, long elements, long bytes) {
        public double bitsPerWeight() {
            return elements == 0 ? 0 : 8.0 * bytes / elements;
        }
    }

    /** Lists an open GGUF model, all its shards. */
    public static Listing of(GgufFile file) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("format", "gguf");
        facts.put("version", file.version());
        facts.put("files", file.paths().size());
        facts.put("bytes", file.byteSize());
        facts.put("alignment", file.alignment());
        facts.put("type_dialect", file.dialect().name());
        GgufMetadata metadata = file.metadata();
        Map<String, Object> values = new LinkedHashMap<>();
        for (String key : metadata.keys()) values.put(key, MetadataJson.summary(metadata.value(key)));
        List<Entry> entries = new ArrayList<>();
        for (GgufTensor tensor : file.tensors())
            entries.add(new Entry(
                    tensor.name(), tensor.type().label(), tensor.dimensions(), tensor.offset(), tensor.byteSize()));
        return new Listing(facts, values, entries, notes(file.tensors()));
    }

    /** A line for every meaning of a clashing id in the file: how many tensors, which type, and why that one. */
    private static List<String> notes(List<GgufTensor> tensors) {
        record Clash(String type, int id, TypeEvidence evidence) {}
        Map<Clash, Integer> clashes = new LinkedHashMap<>();
        for (GgufTensor tensor : tensors)
            if (tensor.evidence() != TypeEvidence.ID)
                clashes.merge(new Clash(tensor.type().label(), tensor.type().id(), tensor.evidence()), 1, Integer::sum);
        List<String> notes = new ArrayList<>();
        clashes.forEach((clash, count) ->
                notes.add("type id " + clash.id() + " means different types in llama.cpp and its forks; in " + count
                        + " tensors it is read as " + clash.type() + ": "
                        + clash.evidence().reason()));
        return notes;
    }

    /** Lists an open safetensors file. */
    public static Listing of(SafetensorsFile file) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("format", "safetensors");
        facts.put("bytes", file.byteSize());
        List<Entry> entries = new ArrayList<>();
        for (SafetensorsTensor tensor : file.tensors())
            entries.add(new Entry(
                    tensor.name(), tensor.dtype().name(), tensor.shape(), tensor.offset(), tensor.byteSize()));
        return new Listing(facts, new LinkedHashMap<>(file.metadata()), entries, List.of());
    }

    /** A sum for every type, by name. */
    public List<TypeSum> sums() {
        Map<String, TypeSum> sums = new TreeMap<>();
        for (Entry entry : tensors)
            sums.merge(
                    entry.type(),
                    new TypeSum(entry.type(), 1, entry.elements(), entry.bytes()),
                    (a, b) -> new TypeSum(
                            a.type(), a.tensors() + b.tensors(), a.elements() + b.elements(), a.bytes() + b.bytes()));
        return List.copyOf(sums.values());
    }
}
