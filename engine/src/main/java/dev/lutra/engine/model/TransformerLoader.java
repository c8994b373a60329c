package dev.lutra.engine.model;

import dev.lutra.engine.model.ExpertFeedForward.Expert;
import dev.lutra.engine.weights.LinearLoader;
import dev.lutra.engine.weights.Projection;
import dev.lutra.engine.weights.WeightSource;
import dev.lutra.engine.weights.WeightTensor;
import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.names.StackedTensor;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.elementwise.Gate;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Builds a {@link Transformer} from a model's weights: looks every tensor up, checks its shape, lays it out for the kernels. */
public final class TransformerLoader {
    private final ModelConfig config;
    private final WeightSource source;
    private final Kernels kernels;
    private final LinearLoader loader;
    private final Arena arena;

    private TransformerLoader(ModelConfig config, WeightSource source, Kernels kernels, Arena arena) {
        this.config = config;
        this.source = source;
        this.kernels = kernels;
        this.arena = arena;
        loader = new LinearLoader(source, kernels, arena);
    }

    /**
     * Loads all weights, for other kernels if {@code kernels} turn out not to be {@linkplain Kernels#sound sound}. {@code source} must stay open as long as the result is used.
     *
     * @throws IllegalArgumentException when a tensor is missing, has another shape than {@code config} implies, or a type
     *     that no kernel multiplies
     */
    public static Transformer load(ModelConfig config, WeightSource source, Kernels kernels) {
        Transformer transformer = loadFor(config, source, kernels);
        Kernels sound = kernels.sound();
        if (sound == kernels) return transformer;
        transformer.close();
        return loadFor(config, source, sound);
    }

    private static Transformer loadFor(ModelConfig config, WeightSource source, Kernels kernels) {
        Arena arena = Arena.ofShared();
        try {
            return new TransformerLoader(config, source, kernels, arena).load();
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private Transformer load() {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String prefix = "blk." + i + ".";
            FeedForward feedForward = config.experts() == null ? dense(prefix) : experts(prefix, config.experts());
            layers.add(new Layer(attention(prefix), feedForward));
        }
        WeightTensor embedding = matrix("token_embd.weight", config.hidden(), config.vocabulary());
        // A tied model has no projection of its own; llama.cpp falls back to the embedding whatever the metadata say.
        WeightTensor output = source.find("output.weight")
                .map(tensor -> tensor.requireShape(config.hidden(), config.vocabulary(), 1))
                .orElse(embedding);
        return new Transformer(
                config,
                kernels,
                new Embedding(embedding),
                layers,
                loader.vector("output_norm.weight", config.hidden()),
                loader.projection(List.of(output)),
                arena);
    }

    private AttentionLayer attention(String prefix) {
        int hidden = config.hidden(), query = config.queryWidth(), key = config.keyWidth();
        Projection queryKeyValue =
                loader.projection(stacked(StackedTensor.QUERY_KEY_VALUE, prefix, hidden, query, key, key));
        Optional<float[]> queryBias = loader.optionalVector(prefix + "attn_q.bias", query),
                keyBias = loader.optionalVector(prefix + "attn_k.bias", key),
                valueBias = loader.optionalVector(prefix + "attn_v.bias", key);
        if (queryBias.isPresent() || keyBias.isPresent() || valueBias.isPresent()) {
            float[] bias = new float[query + 2 * key];
            queryBias.ifPresent(values -> System.arraycopy(values, 0, bias, 0, query));
            keyBias.ifPresent(values -> System.arraycopy(values, 0, bias, query, key));
            valueBias.ifPresent(values -> System.arraycopy(values, 0, bias, query + key, key));
            queryKeyValue.withBias(bias);
        }
        return new AttentionLayer(
                loader.vector(prefix + "attn_norm.weight", hidden),
                queryKeyValue,
                loader.optionalVector(prefix + "attn_q_norm.weight", config.headDim())
                        .orElse(null),
                loader.optionalVector(prefix + "attn_k_norm.weight", config.headDim())
                        .orElse(null),
                loader.optionalVector(prefix + "attn_sub_norm.weight", query).orElse(null),
                loader.projection(List.of(matrix(prefix + "attn_output.weight", query, hidden))));
    }

    private FeedForward dense(String prefix) {
        int hidden = config.hidden(), width = config.feedForward();
        Gate.Activation activation =
                config.architecture() == Architecture.BITNET ? Gate.Activation.SQUARED_RELU : Gate.Activation.SILU;
        return new DenseFeedForward(
                loader.vector(prefix + "ffn_norm.weight", hidden),
                loader.projection(stacked(StackedTensor.GATE_UP, prefix, hidden, width, width)),
                activation,
                loader.optionalVector(prefix + "ffn_sub_norm.weight", width).orElse(null),
                loader.projection(List.of(matrix(prefix + "ffn_down.weight", width, hidden))));
    }

    private FeedForward experts(String prefix, Experts mixture) {
        int hidden = config.hidden(), width = mixture.feedForward(), count = mixture.count();
        WeightTensor gates = source.require(prefix + "ffn_gate_exps.weight").requireShape(hidden, width, count);
        WeightTensor ups = source.require(prefix + "ffn_up_exps.weight").requireShape(hidden, width, count);
        WeightTensor downs = source.require(prefix + "ffn_down_exps.weight").requireShape(width, hidden, count);
        List<Expert> experts = new ArrayList<>();
        for (int i = 0; i < count; i++)
            experts.add(new Expert(
                    loader.projection(List.of(gates.matrix(i), ups.matrix(i))),
                    loader.projection(List.of(downs.matrix(i)))));
        Expert shared = null;
        Projection sharedGate = null;
        int sharedWidth = mixture.sharedFeedForward();
        if (sharedWidth > 0) {
            shared = new Expert(
                    loader.projection(List.of(
                            matrix(prefix + "ffn_gate_shexp.weight", hidden, sharedWidth),
                            matrix(prefix + "ffn_up_shexp.weight", hidden, sharedWidth))),
                    loader.projection(List.of(matrix(prefix + "ffn_down_shexp.weight", sharedWidth, hidden))));
            sharedGate = loader.projection(List.of(matrix(prefix + "ffn_gate_inp_shexp.weight", hidden, 1)));
        }
        return new ExpertFeedForward(
                loader.vector(prefix + "ffn_norm.weight", hidden),
                loader.projection(List.of(matrix(prefix + "ffn_gate_inp.weight", hidden, count))),
                kernels.softmax(),
                experts,
                shared,
                sharedGate);
    }

    /** The matrix that a repacked file has for several, or those. */
    private List<WeightTensor> stacked(StackedTensor stack, String prefix, int columns, int... rows) {
        Optional<WeightTensor> whole = source.find(stack.name(prefix));
        if (whole.isPresent())
            return List.of(whole.get().requireShape(columns, Arrays.stream(rows).sum(), 1));
        List<String> names = stack.parts(prefix);
        List<WeightTensor> parts = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) parts.add(matrix(names.get(i), columns, rows[i]));
        return parts;
    }

    private WeightTensor matrix(String name, int columns, int rows) {
        return source.require(name).requireShape(columns, rows, 1);
    }
}
