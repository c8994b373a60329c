package dev.lutra.gguf.model;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Hyper-parameters as GGUF metadata: the keys {@code <architecture>.*} of llama.cpp's gguf specification, written in the
 * order of its converter.
 */
public final class GgufConfig {
    private GgufConfig() {}

    /** The hyper-parameters of an open model. Whether it is tied is not in the metadata: the output projection tells. */
    public static ModelConfig read(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        String name = metadata.string("general.architecture");
        Architecture architecture = Architecture.byGgufName(name)
                .orElseThrow(() -> new MalformedFileException(
                        file.path(),
                        "has the architecture '" + name + "'; qwen2, qwen2moe, qwen3 and bitnet-b1.58 are supported"));
        String prefix = name + ".";
        try {
            int hidden = metadata.intValue(prefix + "embedding_length");
            int heads = metadata.intValue(prefix + "attention.head_count");
            return new ModelConfig(
                    architecture,
                    hidden,
                    metadata.intValue(prefix + "feed_forward_length"),
                    metadata.intValue(prefix + "block_count"),
                    heads,
                    metadata.findInt(prefix + "attention.head_count_kv").orElse(heads),
                    metadata.findInt(prefix + "attention.key_length").orElseGet(() -> heads < 1 ? 0 : hidden / heads),
                    Math.toIntExact(file.tensor("token_embd.weight").rows()),
                    file.find("output.weight").isEmpty(),
                    metadata.findNumber(prefix + "rope.freq_base")
                            .orElse(10000.0)
                            .floatValue(),
                    scaling(metadata, prefix),
                    (float) metadata.number(prefix + "attention.layer_norm_rms_epsilon"),
                    metadata.intValue(prefix + "context_length"),
                    architecture == Architecture.QWEN2MOE ? experts(metadata, prefix) : null);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new MalformedFileException(
                    file.path(),
                    MalformedFileException.NO_OFFSET,
                    "metadata describe no model: " + e.getMessage() + "; convert the model again",
                    e);
        }
    }

    private static @Nullable RopeScaling scaling(GgufMetadata metadata, String prefix) {
        String type = metadata.findString(prefix + "rope.scaling.type").orElse("none");
        double factor = metadata.findNumber(prefix + "rope.scaling.factor").orElse(1.0);
        // bitnet.cpp's converter writes a linear scaling of 1.
        if (type.equals("none") || factor == 1) return null;
        return new RopeScaling(
                type,
                (float) factor,
                metadata.findInt(prefix + "rope.scaling.original_context_length")
                        .orElse(0));
    }

    private static Experts experts(GgufMetadata metadata, String prefix) {
        return new Experts(
                metadata.intValue(prefix + "expert_count"),
                metadata.intValue(prefix + "expert_used_count"),
                metadata.intValue(prefix + "expert_feed_forward_length"),
                metadata.findInt(prefix + "expert_shared_feed_forward_length").orElse(0),
                metadata.findBool(prefix + "expert_weights_norm").orElse(false));
    }

    /** Adds the keys of {@code config}. */
    public static void write(ModelConfig config, MetadataBuilder metadata) {
        String prefix = config.architecture().ggufName() + ".";
        metadata.u32(prefix + "block_count", config.layers());
        metadata.u32(prefix + "context_length", config.context());
        metadata.u32(prefix + "embedding_length", config.hidden());
        metadata.u32(prefix + "feed_forward_length", config.feedForward());
        metadata.u32(prefix + "attention.head_count", config.heads());
        metadata.u32(prefix + "attention.head_count_kv", config.kvHeads());
        RopeScaling scaling = config.ropeScaling();
        if (scaling != null) {
            metadata.string(prefix + "rope.scaling.type", scaling.type());
            metadata.f32(prefix + "rope.scaling.factor", scaling.factor());
            if (scaling.originalContext() > 0)
                metadata.u32(prefix + "rope.scaling.original_context_length", scaling.originalContext());
        }
        metadata.f32(prefix + "rope.freq_base", config.ropeTheta());
        metadata.f32(prefix + "attention.layer_norm_rms_epsilon", config.rmsNormEps());
        Experts experts = config.experts();
        if (experts != null) {
            metadata.u32(prefix + "expert_count", experts.count());
            metadata.u32(prefix + "expert_used_count", experts.used());
            metadata.u32(prefix + "expert_feed_forward_length", experts.feedForward());
            if (experts.sharedFeedForward() > 0)
                metadata.u32(prefix + "expert_shared_feed_forward_length", experts.sharedFeedForward());
            if (experts.normalized()) metadata.bool(prefix + "expert_weights_norm", true);
        }
        if (config.headDim() * config.heads() != config.hidden() || config.architecture() == Architecture.QWEN3) {
            metadata.u32(prefix + "attention.key_length", config.headDim());
            metadata.u32(prefix + "attention.value_length", config.headDim());
        }
        if (config.architecture() == Architecture.BITNET) {
            metadata.u32(prefix + "vocab_size", config.vocabulary());
            metadata.u32(prefix + "rope.dimension_count", config.headDim());
        }
    }
}
