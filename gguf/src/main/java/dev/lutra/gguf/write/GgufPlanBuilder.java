package dev.lutra.gguf.write;

import dev.lutra.gguf.file.GgufFormat;
import dev.lutra.gguf.file.ShardName;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.metadata.MetadataValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects tensors in file order and lays them out. */
public final class GgufPlanBuilder {
    private final GgufMetadata metadata;
    private final List<TensorSpec> specs = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private int alignment = GgufFormat.DEFAULT_ALIGNMENT;
    private SplitLimits limits = SplitLimits.NONE;

    GgufPlanBuilder(GgufMetadata metadata) {
        this.metadata = metadata;
    }

    /** Adds a tensor after those that were added before. */
    public GgufPlanBuilder tensor(TensorSpec spec) {
        if (!names.add(spec.name())) throw new IllegalArgumentException("tensor " + spec.name() + " is planned twice");
        specs.add(spec);
        return this;
    }

    /**
     * Sets the alignment of tensor data, 32 bytes unless this says otherwise.
     *
     * @param bytes a power of two, at least 8, so that every reader accepts it
     */
    public GgufPlanBuilder alignment(int bytes) {
        if (bytes < 8 || Integer.bitCount(bytes) != 1)
            throw new IllegalArgumentException("alignment must be a power of two from 8 on, not " + bytes);
        this.alignment = bytes;
        return this;
    }

    /** Spreads the tensors over files. Where one suffices, it is an ordinary one. */
    public GgufPlanBuilder split(SplitLimits limits) {
        this.limits = limits;
        return this;
    }

    /** Decides every offset. */
    public GgufPlan build() {
        List<List<TensorSpec>> groups = group();
        if (groups.size() > ShardName.MOST_SHARDS)
            throw new IllegalArgumentException(groups.size() + " shards are too many; raise the split limit");
        List<ShardPlan> shards = new ArrayList<>(groups.size());
        int firstIndex = 0;
        for (int i = 0; i < groups.size(); i++) {
            GgufMetadata own = shardMetadata(i, groups.size());
            shards.add(ShardPlan.layOut(i, firstIndex, own, groups.get(i), alignment));
            firstIndex += groups.get(i).size();
        }
        return new GgufPlan(shards, alignment);
    }

    private List<List<TensorSpec>> group() {
        List<List<TensorSpec>> groups = new ArrayList<>();
        if (limits.metadataFirst()) groups.add(List.of());
        List<TensorSpec> current = new ArrayList<>();
        long bytes = 0;
        for (TensorSpec spec : specs) {
            long padded = GgufFormat.align(spec.byteSize(), alignment);
            if (limits.isFull(current.size(), bytes, padded)) {
                groups.add(current);
                current = new ArrayList<>();
                bytes = 0;
            }
            current.add(spec);
            bytes = Math.addExact(bytes, padded);
        }
        if (!current.isEmpty() || groups.isEmpty()) groups.add(current);
        return groups;
    }

    /** The model's metadata in the first shard, only what a shard needs in the others. */
    private GgufMetadata shardMetadata(int shard, int count) {
        MetadataBuilder own = shard == 0 ? metadata.toBuilder() : GgufMetadata.builder();
        own.remove(GgufFormat.SPLIT_NO_KEY).remove(GgufFormat.SPLIT_COUNT_KEY).remove(GgufFormat.SPLIT_TENSORS_KEY);
        if (alignment == GgufFormat.DEFAULT_ALIGNMENT) own.remove(GgufFormat.ALIGNMENT_KEY);
        else own.u32(GgufFormat.ALIGNMENT_KEY, alignment);
        if (count > 1)
            own.put(GgufFormat.SPLIT_NO_KEY, MetadataValue.u16(shard))
                    .put(GgufFormat.SPLIT_COUNT_KEY, MetadataValue.u16(count))
                    .put(GgufFormat.SPLIT_TENSORS_KEY, MetadataValue.i32(specs.size()));
        return own.build();
    }
}
