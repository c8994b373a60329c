package dev.lutra.gguf.model;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a checkpoint folder's {@code config.json} as Hugging Face transformers writes it. */
public final class HfConfig {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long MOST_BYTES = 4 << 20;

    private final Path file;
    private final JsonNode root;

    private HfConfig(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /** The configuration in {@code folder/config.json}. */
    public static ModelConfig load(Path folder) throws IOException {
        return open(folder).modelConfig();
    }

    /** The parsed {@code folder/config.json}, for the parts that {@link ModelConfig} has no place for. */
    public static HfConfig open(Path folder) throws IOException {
        Path file = folder.resolve("config.json");
        if (Files.isRegularFile(file) && Files.size(file) > MOST_BYTES)
            throw new MalformedFileException(
                    file, "is larger than " + MOST_BYTES + " bytes; not a model configuration");
        try {
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (!root.isObject()) throw new MalformedFileException(file, "holds no JSON object");
            return new HfConfig(file, root);
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    file, MalformedFileException.NO_OFFSET, "is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The whole object. */
    public JsonNode json() {
        return root;
    }

    /** What the file says, checked. */
    public ModelConfig modelConfig() {
        Architecture architecture = architecture();
        checkActivation(architecture);
        checkLayerKinds();
        int heads = integer("num_attention_heads");
        int hidden = integer("hidden_size");
        if (!root.has("head_dim") && (heads < 1 || hidden % heads != 0))
            throw fault("hidden_size " + hidden + " is no multiple of num_attention_heads " + heads);
        try {
            return new ModelConfig(
                    architecture,
                    hidden,
                    integer("intermediate_size"),
                    integer("num_hidden_layers"),
                    heads,
                    integer("num_key_value_heads", heads),
                    integer("head_dim", hidden / heads),
                    integer("vocab_size"),
                    root.path("tie_word_embeddings").asBoolean(false),
                    ropeTheta(),
                    ropeScaling(),
                    number(root, "rms_norm_eps", 1e-6f),
                    integer("max_position_embeddings"),
                    architecture == Architecture.QWEN2MOE ? experts() : null);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, MalformedFileException.NO_OFFSET, String.valueOf(e.getMessage()), e);
        }
    }

    private Architecture architecture() {
        String type = root.path("model_type").asString("");
        return Architecture.byModelType(type)
                .orElseThrow(() -> fault("model_type '" + type
                        + "' is not supported; qwen2 (Qwen2 and Qwen2.5), qwen2_moe, qwen3 and bitnet are"));
    }

    private void checkActivation(Architecture architecture) {
        String wanted = architecture == Architecture.BITNET ? "relu2" : "silu";
        String activation = root.path("hidden_act").asString(wanted);
        if (!activation.equals(wanted))
            throw fault("hidden_act '" + activation + "' is not supported for this family; '" + wanted + "' is");
    }

    /** Refuses layers that the engine would run wrongly: sliding windows, and dense layers among experts. */
    private void checkLayerKinds() {
        if (root.path("use_sliding_window").asBoolean(false))
            throw fault("use_sliding_window is true; only full attention is supported");
        if (root.path("decoder_sparse_step").asInt(1) != 1
                || !root.path("mlp_only_layers").isEmpty())
            throw fault(
                    "decoder_sparse_step or mlp_only_layers mix dense layers among experts, which is not supported");
    }

    private float ropeTheta() {
        JsonNode nested = root.path("rope_parameters");
        return number(root, "rope_theta", number(nested, "rope_theta", 10000f));
    }

    private @Nullable RopeScaling ropeScaling() {
        JsonNode scaling = root.path("rope_scaling");
        if (!scaling.isObject()) scaling = root.path("rope_parameters");
        String type = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
        if (type.equals("default")) return null;
        return new RopeScaling(
                type,
                number(scaling, "factor", 1f),
                scaling.path("original_max_position_embeddings").asInt(0));
    }

    private Experts experts() {
        return new Experts(
                integer("num_experts"),
                integer("num_experts_per_tok"),
                integer("moe_intermediate_size"),
                integer("shared_expert_intermediate_size", 0),
                root.path("norm_topk_prob").asBoolean(false));
    }

    private int integer(String key) {
        JsonNode node = root.path(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt())
            throw fault(node.isMissingNode() ? key + " is missing" : key + " must be a whole number, not " + node);
        return node.intValue();
    }

    private int integer(String key, int otherwise) {
        return root.path(key).isNull() || root.path(key).isMissingNode() ? otherwise : integer(key);
    }

    private float number(JsonNode at, String key, float otherwise) {
        JsonNode node = at.path(key);
        if (node.isMissingNode() || node.isNull()) return otherwise;
        if (!node.isNumber()) throw fault(key + " must be a number, not " + node);
        return node.floatValue();
    }

    private MalformedFileException fault(String reason) {
        return new MalformedFileException(file, reason);
    }
}
