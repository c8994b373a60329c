package dev.lutra.engine.model;

import dev.lutra.engine.weights.WeightTensor;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;

/** The token embedding, read row by row where it lies in the file. */
final class Embedding {
    private final WeightTensor tensor;
    private final RowCodec codec;
    private final long rowBytes;
    private final float[] row;

    Embedding(WeightTensor tensor) {
        this.tensor = tensor;
        codec = RowCodecs.of(tensor.type());
        rowBytes = tensor.type().byteSize(tensor.columns(), 1).orElseThrow();
        row = new float[tensor.columns()];
    }

    /** Writes the vectors of {@code tokens[from .. from + count)} into the rows of {@code out}. */
    void lookUp(int[] tokens, int from, int count, FloatMatrix out) {
        for (int i = 0; i < count; i++) {
            int token = tokens[from + i];
            if (token < 0 || token >= tensor.rows())
                throw new IllegalArgumentException("token " + token + " is outside the vocabulary of " + tensor.rows());
            codec.decode(tensor.data(), token * rowBytes, row, 0, row.length);
            out.setRow(i, row, 0);
        }
    }
}
