package dev.lutra.tools.calibrate;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Hidden states of all texts between two layers.
 *
 * @param full as the full-precision model has them, [tokens][hidden]
 * @param quantized as the model has them whose layers are quantized so far
 */
record Streams(FloatMatrix full, FloatMatrix quantized) {
    /** Both begin with the embedding. */
    static Streams embed(Matrix embedding, Texts texts, Arena arena) {
        int[] tokens = texts.tokens();
        FloatMatrix full = FloatMatrix.allocate(arena, tokens.length, embedding.columns());
        for (int t = 0; t < tokens.length; t++) full.setRow(t, embedding.row(tokens[t]), 0);
        FloatMatrix quantized = FloatMatrix.allocate(arena, tokens.length, embedding.columns());
        MemorySegment.copy(
                full.segment(), 0, quantized.segment(), 0, full.segment().byteSize());
        return new Streams(full, quantized);
    }
}
