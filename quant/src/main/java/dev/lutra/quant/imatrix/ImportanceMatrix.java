package dev.lutra.quant.imatrix;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The statistics of a model's tensors, by GGUF name. */
public final class ImportanceMatrix {
    private final Map<String, ColumnStatistics> entries;
    private final List<String> datasets;
    private final int chunks;
    private final int chunkSize;

    /**
     * @param datasets the texts that the activations come from, as paths or titles
     * @param chunks how many chunks of text were seen
     * @param chunkSize tokens of a chunk
     */
    public ImportanceMatrix(Map<String, ColumnStatistics> entries, List<String> datasets, int chunks, int chunkSize) {
        if (chunks < 0 || chunkSize < 1) throw new IllegalArgumentException(chunks + " chunks of " + chunkSize);
        this.entries = Collections.unmodifiableMap(new TreeMap<>(entries));
        this.datasets = List.copyOf(datasets);
        this.chunks = chunks;
        this.chunkSize = chunkSize;
    }

    /** All statistics, in the order of their names. */
    public Map<String, ColumnStatistics> entries() {
        return entries;
    }

    public List<String> datasets() {
        return datasets;
    }

    public int chunks() {
        return chunks;
    }

    public int chunkSize() {
        return chunkSize;
    }

    /**
     * The importance of the columns of one matrix.
     *
     * @param tensor its GGUF name
     * @param columns length of its rows
     * @param matrix which one of a stack, 0 for a plain matrix
     * @param matrices how many the stack holds
     * @return empty when nothing is known of the tensor
     * @throws IllegalArgumentException when the statistics are those of a tensor of another shape
     */
    public Optional<float[]> importance(String tensor, int columns, int matrix, int matrices) {
        ColumnStatistics statistics = entries.get(tensor);
        if (statistics == null) return Optional.empty();
        int length = statistics.sums().length;
        if (length == columns) return Optional.of(statistics.means());
        if (length != (long) columns * matrices)
            throw new IllegalArgumentException("the importance matrix has " + length + " columns for " + tensor
                    + ", the model " + (long) columns * matrices + "; it was made for another model");
        return Optional.of(Arrays.copyOfRange(statistics.means(), matrix * columns, (matrix + 1) * columns));
    }
}
