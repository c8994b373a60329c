package dev.lutra.gguf.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The known models: the one place that holds the dimensions of each size. Conversion, kernel generation, benchmarks and
 * memory estimates read them here. A checkpoint's own config.json always wins over its entry.
 */
public final class ModelRegistry {
    private static final ModelRegistry BUNDLED = load();

    private final List<KnownModel> models;

    private ModelRegistry(List<KnownModel> models) {
        this.models = List.copyOf(models);
    }

    /** The registry that comes with this version. */
    public static ModelRegistry bundled() {
        return BUNDLED;
    }

    /** All entries, by family and size. */
    public List<KnownModel> models() {
        return models;
    }

    /**
     * The entry that {@code name} means, in any letter case: a size of Qwen2.5 ({@code 7B}), a family and size
     * ({@code qwen3-8b}), or a checkpoint with or without its owner ({@code Qwen/Qwen2.5-7B-Instruct}), whose context and
     * epsilon the entry then has.
     */
    public Optional<KnownModel> find(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        String bare = wanted.substring(wanted.lastIndexOf('/') + 1);
        for (KnownModel model : models) {
            boolean size = model.family().equals("qwen2.5")
                    && model.size().toLowerCase(Locale.ROOT).equals(wanted);
            if (size || model.name().toLowerCase(Locale.ROOT).equals(bare)) return Optional.of(model);
            for (String checkpoint : model.checkpoints())
                if (checkpoint.toLowerCase(Locale.ROOT).equals(bare)) return Optional.of(model.as(checkpoint));
        }
        return Optional.empty();
    }

    /** As {@link #find}; the message of the exception lists what is known. */
    public KnownModel require(String name) {
        return find(name)
                .orElseThrow(() -> new IllegalArgumentException("no model is called '" + name + "'; known are "
                        + String.join(
                                ", ", models.stream().map(KnownModel::name).toList())
                        + " (the sizes of qwen2.5 also alone: 0.5B to 72B)"));
    }

    private static ModelRegistry load() {
        try (InputStream in = ModelRegistry.class.getResourceAsStream("registry.json")) {
            if (in == null) throw new IllegalStateException("registry.json is missing from the jar");
            List<KnownModel> models = new ArrayList<>();
            for (JsonNode family : JsonMapper.builder().build().readTree(in))
                for (JsonNode size : family.required("sizes")) models.add(model(family, size));
            return new ModelRegistry(models);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KnownModel model(JsonNode family, JsonNode size) {
        List<String> checkpoints = new ArrayList<>();
        for (JsonNode name : size.path("checkpoints")) checkpoints.add(name.asString());
        int heads = size.required("heads").intValue(),
                hidden = size.required("hidden").intValue();
        ModelConfig config = new ModelConfig(
                Architecture.valueOf(family.required("architecture").asString()),
                hidden,
                size.required("ffn").intValue(),
                size.required("layers").intValue(),
                heads,
                size.required("kv_heads").intValue(),
                size.path("head_dim").asInt(hidden / heads),
                size.required("vocabulary").intValue(),
                size.required("tied").booleanValue(),
                family.required("rope_theta").floatValue(),
                null,
                size.required("eps").floatValue(),
                size.required("context").intValue(),
                experts(size.path("experts")));
        Map<String, ModelConfig> differing = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : size.path("differing").properties())
            differing.put(
                    entry.getKey(),
                    config.with(
                            entry.getValue().path("context").asInt(config.context()),
                            entry.getValue().path("eps").floatValue(config.rmsNormEps())));
        return new KnownModel(
                family.required("family").asString(), size.required("size").asString(), checkpoints, config, differing);
    }

    private static @Nullable Experts experts(JsonNode node) {
        if (node.isMissingNode()) return null;
        return new Experts(
                node.required("count").intValue(),
                node.required("used").intValue(),
                node.required("ffn").intValue(),
                node.required("shared_ffn").intValue(),
                node.required("normalized").booleanValue());
    }
}
