package dev.lutra.engine.weights;

import dev.lutra.gguf.type.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * A tensor of a model, where it lies in memory.
 *
 * @param name GGUF name: {@code blk.0.attn_q.weight}
 * @param type format of {@code data}
 * @param columns elements of a row (ggml's ne0)
 * @param rows rows of one matrix (ne1), 1 for vectors
 * @param matrices matrices that follow one another (ne2): experts, otherwise 1
 * @param data {@code matrices} x {@code rows} x {@code columns} in {@code type}'s format
 */
public record WeightTensor(String name, TensorType type, int columns, int rows, int matrices, MemorySegment data) {
    /** Matrix {@code index} of several. */
    public WeightTensor matrix(int index) {
        long bytes = data.byteSize() / matrices;
        return new WeightTensor(name + "[" + index + "]", type, columns, rows, 1, data.asSlice(index * bytes, bytes));
    }

    /** Refuses a tensor of another shape than the model's hyper-parameters imply. */
    public WeightTensor requireShape(int wantedColumns, int wantedRows, int wantedMatrices) {
        if (columns != wantedColumns || rows != wantedRows || matrices != wantedMatrices)
            throw new IllegalArgumentException("tensor " + name + " has the shape " + shape(columns, rows, matrices)
                    + " where the model's configuration asks for " + shape(wantedColumns, wantedRows, wantedMatrices));
        return this;
    }

    private static String shape(int columns, int rows, int matrices) {
        return "[" + columns + ", " + rows + (matrices == 1 ? "]" : ", " + matrices + "]");
    }
}
