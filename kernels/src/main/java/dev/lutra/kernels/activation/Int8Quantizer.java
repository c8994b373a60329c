package dev.lutra.kernels.activation;

import dev.lutra.kernels.memory.FloatMatrix;

/** Rounds rows of activations to int8. All implementations give the same bytes for finite input. */
public sealed interface Int8Quantizer permits Int8QuantizerNative, Int8QuantizerScalar, Int8QuantizerVector {
    /** Quantizes rows {@code [from, to)} of {@code x} into the same rows of {@code out}, with scale and sum. */
    void quantize(FloatMatrix x, Int8Rows out, int from, int to);
}
