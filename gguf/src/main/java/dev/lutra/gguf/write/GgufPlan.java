package dev.lutra.gguf.write;

import dev.lutra.gguf.file.GgufFormat;
import dev.lutra.gguf.file.ShardName;
import dev.lutra.gguf.metadata.GgufMetadata;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The whole output, decided before the first byte is written: files, headers, and the offset of every tensor. */
public final class GgufPlan {
    private final List<ShardPlan> shards;
    private final int alignment;
    private final Map<String, PlannedTensor> tensors = new LinkedHashMap<>();

    GgufPlan(List<ShardPlan> shards, int alignment) {
        this.shards = List.copyOf(shards);
        this.alignment = alignment;
        for (ShardPlan shard : shards) for (PlannedTensor tensor : shard.tensors()) tensors.put(tensor.name(), tensor);
    }

    /** Starts a plan for a file with this metadata; the keys of shards and of alignment are added or removed as needed. */
    public static GgufPlanBuilder builder(GgufMetadata metadata) {
        return new GgufPlanBuilder(metadata);
    }

    public List<ShardPlan> shards() {
        return shards;
    }

    public int alignment() {
        return alignment;
    }

    /** All tensors by name, in file order. */
    public Map<String, PlannedTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** Where a tensor goes. */
    public PlannedTensor tensor(String name) {
        PlannedTensor tensor = tensors.get(name);
        if (tensor == null) throw new IllegalArgumentException("no tensor " + name + " is planned");
        return tensor;
    }

    /** Bytes of all files together. */
    public long byteSize() {
        return shards.stream().mapToLong(ShardPlan::byteSize).sum();
    }

    /** The files that a model called {@code target} takes: itself, or shards named as llama.cpp names them. */
    public List<Path> paths(Path target) {
        if (shards.size() == 1 && !shards.getFirst().metadata().has(GgufFormat.SPLIT_COUNT_KEY)) return List.of(target);
        ShardName name = ShardName.of(target, 1, shards.size());
        return IntStream.rangeClosed(1, shards.size())
                .mapToObj(number -> name.withNumber(number).beside(target))
                .toList();
    }
}
