package dev.lutra.gguf.model;

/**
 * What a model of some dimensions weighs.
 *
 * @param projections weights of all attention and feed-forward matrices, every expert counted
 * @param embedding weights of the token embedding
 * @param output weights of an output projection of its own, 0 when tied
 * @param small norms and biases
 */
public record ModelSize(long projections, long embedding, long output, long small) {
    /** Counts the weights of {@code config}. */
    public static ModelSize of(ModelConfig config) {
        long hidden = config.hidden(), query = config.queryWidth(), key = config.keyWidth();
        long attention = hidden * (query + 2 * key) + query * hidden;
        long feedForward = 3 * hidden * config.feedForward();
        Experts experts = config.experts();
        long router = 0;
        if (experts != null) {
            feedForward = 3 * hidden * ((long) experts.count() * experts.feedForward() + experts.sharedFeedForward());
            router = hidden * experts.count() + (experts.sharedFeedForward() > 0 ? hidden : 0);
        }
        long norms = 2 * hidden
                + switch (config.architecture()) {
                    case QWEN2, QWEN2MOE -> query + 2 * key;
                    case QWEN3 -> 2L * config.headDim();
                    case BITNET -> query + config.feedForward();
                };
        long embedding = hidden * config.vocabulary();
        return new ModelSize(
                config.layers() * (attention + feedForward),
                embedding,
                config.tied() ? 0 : embedding,
                config.layers() * (norms + router) + hidden);
    }

    /** All weights. */
    public long parameters() {
        return projections + embedding + output + small;
    }

    /** Bytes of a file: projections at one rate, embedding and output at another, the rest in float32. */
    public long fileBytes(double bitsPerProjectionWeight, double bitsPerEmbeddingWeight) {
        double bits =
                projections * bitsPerProjectionWeight + (embedding + output) * bitsPerEmbeddingWeight + small * 32.0;
        return Math.round(bits / 8);
    }

    /** Bytes of keys and values of {@code tokens} tokens at {@code bytesPerValue} (2 for float16). */
    public static long cacheBytes(ModelConfig config, int tokens, double bytesPerValue) {
        return Math.round(2.0 * config.layers() * config.keyWidth() * tokens * bytesPerValue);
    }
}
