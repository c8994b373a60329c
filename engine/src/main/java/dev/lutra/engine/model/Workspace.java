package dev.lutra.engine.model;

import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** The buffers of a forward pass over up to {@link #tokens} tokens, shared by all layers, which run one after another. */
final class Workspace implements AutoCloseable {
    private final Arena arena;
    private final int tokens;

    /** The residual stream: [tokens][hidden]. */
    final FloatMatrix residual;
    /** What a sublayer adds to it: [tokens][hidden]. */
    final FloatMatrix delta;
    /** Normalized input of the attention and feed-forward projections: [tokens][hidden]. */
    final Activations normalized;
    /** Queries, keys and values of a token side by side: [tokens][heads * d + 2 * kvHeads * d]. */
    final FloatMatrix queryKeyValue;
    /** What attention read, input of the output projection: [tokens][heads * d]. */
    final Activations attended;
    /** Gate and up projections side by side: [tokens][2 * intermediate]. */
    final FloatMatrix gateUp;
    /** Their product, input of the down projection: [tokens][intermediate]. */
    final Activations product;
    /** Null for dense models. */
    final @Nullable ExpertSpace experts;

    Workspace(ModelConfig config, Kernels kernels, int tokens) {
        this.tokens = tokens;
        arena = kernels.buffers();
        int hidden = config.hidden(), width = config.feedForward();
        Experts mixture = config.experts();
        if (mixture != null) width = Math.max(mixture.sharedFeedForward(), 1);
        residual = FloatMatrix.allocate(arena, tokens, hidden);
        delta = FloatMatrix.allocate(arena, tokens, hidden);
        normalized = kernels.activations(arena, tokens, hidden);
        queryKeyValue = FloatMatrix.allocate(arena, tokens, config.queryWidth() + 2 * config.keyWidth());
        attended = kernels.activations(arena, tokens, config.queryWidth());
        gateUp = FloatMatrix.allocate(arena, tokens, 2 * width);
        product = kernels.activations(arena, tokens, width);
        experts = mixture == null ? null : new ExpertSpace(config, mixture, kernels, arena, tokens);
    }

    int tokens() {
        return tokens;
    }

    @Override
    public void close() {
        arena.close();
    }
}
