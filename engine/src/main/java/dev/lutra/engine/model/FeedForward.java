package dev.lutra.engine.model;

import dev.lutra.gguf.model.ModelConfig;
import org.jspecify.annotations.Nullable;

/** The feed-forward half of a layer, its norm included. */
sealed interface FeedForward permits DenseFeedForward, ExpertFeedForward {
    /** Bytes of weights that one token reads. */
    long weightBytes(ModelConfig config);

    /** Private memory that the matrices hold. */
    long residentBytes();

    /** Adds the sublayer's output to the residual stream of {@code tokens} tokens. */
    void forward(
            int layer,
            int tokens,
            ModelConfig config,
            Workspace space,
            Operations ops,
            @Nullable LayerObserver observer);
}
