package dev.lutra.gguf.model;

import org.jspecify.annotations.Nullable;

/**
 * The hyper-parameters that conversion and inference need, checked against one another.
 *
 * @param architecture the family
 * @param hidden width of the residual stream
 * @param feedForward width of a dense feed-forward layer
 * @param layers transformer blocks
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headDim width of a head; {@code heads * headDim} may differ from {@code hidden}
 * @param vocabulary rows of the embedding, padding included
 * @param tied whether the output projection is the embedding
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling null when positions are not stretched
 * @param rmsNormEps added to the mean square in RMSNorm
 * @param context longest sequence that the model was made for, in tokens
 * @param experts null for dense models
 */
public record ModelConfig(
        Architecture architecture,
        int hidden,
        int feedForward,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int vocabulary,
        boolean tied,
        float ropeTheta,
        @Nullable RopeScaling ropeScaling,
        float rmsNormEps,
        int context,
        @Nullable Experts experts) {

    public ModelConfig {
        positive("hidden_size", hidden);
        positive("intermediate_size", feedForward);
        positive("num_hidden_layers", layers);
        positive("num_attention_heads", heads);
        positive("num_key_value_heads", kvHeads);
        positive("head_dim", headDim);
        positive("vocab_size", vocabulary);
        positive("max_position_embeddings", context);
        if (heads % kvHeads != 0)
            throw new IllegalArgumentException(
                    "num_attention_heads " + heads + " is no multiple of num_key_value_heads " + kvHeads);
        if (headDim % 2 != 0) throw new IllegalArgumentException("head_dim " + headDim + " is odd; rope needs pairs");
        if (!(ropeTheta > 0) || Float.isInfinite(ropeTheta))
            throw new IllegalArgumentException("rope_theta " + ropeTheta);
        if (!(rmsNormEps > 0) || rmsNormEps > 1) throw new IllegalArgumentException("rms_norm_eps " + rmsNormEps);
    }

    private static void positive(String key, int value) {
        if (value < 1) throw new IllegalArgumentException(key + " must be positive, not " + value);
    }

    /** The same dimensions with another context and epsilon: what checkpoints of one size differ in. */
    ModelConfig with(int otherContext, float otherEps) {
        return new ModelConfig(
                architecture,
                hidden,
                feedForward,
                layers,
                heads,
                kvHeads,
                headDim,
                vocabulary,
                tied,
                ropeTheta,
                ropeScaling,
                otherEps,
                otherContext,
                experts);
    }

    /** Rows of the query projection. */
    public int queryWidth() {
        return heads * headDim;
    }

    /** Rows of the key and of the value projection. */
    public int keyWidth() {
        return kvHeads * headDim;
    }
}
