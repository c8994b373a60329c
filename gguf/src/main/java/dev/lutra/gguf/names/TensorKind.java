package dev.lutra.gguf.names;

/** What a tensor is to its model: what decides how it may be stored. */
public enum TensorKind {
    /** Vectors of the tokens. */
    EMBEDDING,
    /** The output projection of an untied model. */
    OUTPUT,
    /** Factors of a normalization; always float32. */
    NORM,
    /** Always float32. */
    BIAS,
    /** A matrix of attention or of a feed-forward network: what quantization is for. */
    PROJECTION,
    /** A small matrix that chooses experts; always float32. */
    ROUTER
}
