package dev.lutra.tools.calibrate;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.tools.convert.SourceTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * Hidden states of all texts between two layers.
 *
 * @param full as the full-precision model has them, [tokens][hidden]
 * @param quantized as the model has them whose layers are quantized so far
 */
record Streams(FloatMatrix full, FloatMatrix quantized) {
    /** Both begin with the embedding. */
    static Streams embed(ModelTensors tensors, Texts texts, Arena arena) {
        SourceTensor embedding = tensors.tensor("token_embd.weight");
        int[] tokens = texts.tokens();
        int hidden = embedding.columns();
        FloatMatrix full = FloatMatrix.allocate(arena, tokens.length, hidden);
        IntStream.range(0, tokens.length).parallel().forEach(t -> {
            float[] row = new float[hidden];
            embedding.readRows(tokens[t], 1, row);
            full.setRow(t, row, 0);
        });
        FloatMatrix quantized = FloatMatrix.allocate(arena, tokens.length, hidden);
        MemorySegment.copy(
                full.segment(), 0, quantized.segment(), 0, full.segment().byteSize());
        return new Streams(full, quantized);
    }
}
