package dev.lutra.quant.imatrix;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gathers activations into an {@link ImportanceMatrix}. One thread at a time. */
public final class ImportanceCollector {
    private final Map<String, Sums> tensors = new HashMap<>();

    private static final class Sums {
        private final double[] squares;
        private final long[] counts;

        Sums(int columns, int matrices) {
            squares = new double[Math.multiplyExact(columns, matrices)];
            counts = new long[matrices];
        }
    }

    /**
     * Adds what one token sends into a plain matrix.
     *
     * @param tensor GGUF name of the matrix
     * @param x activations, {@code columns} of them from {@code from} on
     */
    public void add(String tensor, float[] x, int from, int columns) {
        add(tensor, 0, 1, x, from, columns);
    }

    /** The same for matrix {@code matrix} of a stack of {@code matrices}. */
    public void add(String tensor, int matrix, int matrices, float[] x, int from, int columns) {
        Sums sums = tensors.computeIfAbsent(tensor, name -> new Sums(columns, matrices));
        if (sums.squares.length != columns * matrices || sums.counts.length != matrices)
            throw new IllegalArgumentException(tensor + " was not of " + columns + " columns before");
        int offset = matrix * columns;
        for (int i = 0; i < columns; i++) {
            double value = x[from + i];
            sums.squares[offset + i] += value * value;
        }
        sums.counts[matrix]++;
    }

    /**
     * What was gathered so far.
     *
     * @param datasets where the text came from
     * @param chunks how many chunks of text were run
     * @param chunkSize tokens of a chunk
     * @throws IllegalArgumentException when activations were not finite: the message names the tensor
     */
    public ImportanceMatrix toMatrix(List<String> datasets, int chunks, int chunkSize) {
        Map<String, ColumnStatistics> entries = new TreeMap<>();
        tensors.forEach((name, sums) -> entries.put(name, statistics(name, sums)));
        return new ImportanceMatrix(entries, datasets, chunks, chunkSize);
    }

    private static ColumnStatistics statistics(String name, Sums sums) {
        float[] squares = new float[sums.squares.length];
        for (int i = 0; i < squares.length; i++) squares[i] = (float) sums.squares[i];
        float[] counts = new float[sums.counts.length];
        for (int i = 0; i < counts.length; i++) counts[i] = sums.counts[i];
        try {
            return new ColumnStatistics(squares, counts);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("activations of " + name + " are not finite: " + e.getMessage(), e);
        }
    }
}
