package dev.lutra.gguf.names;

import java.util.List;

/**
 * A tensor that a model of known dimensions has.
 *
 * @param name GGUF name
 * @param sources for every part (one, or one per expert) the names that it may have in a Hugging Face checkpoint
 * @param kind what it is
 * @param rows rows of a matrix; 1 for vectors
 * @param columns elements of a row
 * @param vector whether the tensor has one dimension
 * @param optional whether a model may lack it
 */
public record ExpectedTensor(
        String name,
        List<List<String>> sources,
        TensorKind kind,
        int rows,
        int columns,
        boolean vector,
        boolean optional) {
    /** Dimensions in GGUF's order, fastest first. */
    public long[] dimensions() {
        if (vector) return new long[] {columns};
        return sources.size() == 1 ? new long[] {columns, rows} : new long[] {columns, rows, sources.size()};
    }

    /** Elements of all parts. */
    public long elements() {
        return (long) sources.size() * rows * columns;
    }
}
