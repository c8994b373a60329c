package dev.lutra.tools.dummy;

import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.names.TensorNames;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import java.util.List;

/** A model of random weights with given dimensions, to be written as GGUF or as a checkpoint. */
public final class RandomModel implements ModelSource {
    private final String name;
    private final ModelConfig config;
    private final long seed;
    private final boolean ternary;
    private final List<RandomTensor> tensors;

    /**
     * @param name for people, such as {@code qwen2.5-7B}
     * @param ternary whether all projections are ternary, with one scale each
     */
    public RandomModel(String name, ModelConfig config, long seed, boolean ternary) {
        this.name = name;
        this.config = config;
        this.seed = seed;
        this.ternary = ternary;
        tensors = TensorNames.expected(config).stream()
                .map(expected -> new RandomTensor(expected, seed, ternary))
                .toList();
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public GgufMetadata metadata() {
        MetadataBuilder builder = GgufMetadata.builder();
        builder.string("general.architecture", config.architecture().ggufName());
        builder.string("general.type", "model");
        builder.string("general.name", name + " dummy");
        builder.string("general.description", "Random weights (seed " + seed + "), for benchmarks only");
        GgufConfig.write(config, builder);
        GgufTokenizer.write(ByteVocabulary.of(config.vocabulary()), builder, warning -> {});
        return builder.build();
    }

    @Override
    public List<SourceTensor> tensors() {
        return List.copyOf(tensors);
    }

    List<RandomTensor> randomTensors() {
        return tensors;
    }

    @Override
    public String identity() {
        return "random weights of " + config + ", seed " + seed + (ternary ? ", ternary" : "");
    }

    @Override
    public void close() {}
}
