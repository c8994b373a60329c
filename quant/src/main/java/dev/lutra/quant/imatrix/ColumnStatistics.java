package dev.lutra.quant.imatrix;

import java.util.Arrays;

/**
 * Squared activations that entered one tensor.
 *
 * @param sums sum of squares of each input column, matrix after matrix where a tensor holds several: the experts of a layer
 * @param counts tokens that went into the sums: one number for all matrices, or one for each
 */
public record ColumnStatistics(float[] sums, float[] counts) {
    public ColumnStatistics {
        if (sums.length == 0 || counts.length == 0 || sums.length % counts.length != 0)
            throw new IllegalArgumentException(sums.length + " sums and " + counts.length + " counts");
        for (float sum : sums)
            if (!(sum >= 0 && sum < Float.POSITIVE_INFINITY))
                throw new IllegalArgumentException("a sum of squares of " + sum);
        for (float count : counts)
            if (!(count >= 0 && count < Float.POSITIVE_INFINITY))
                throw new IllegalArgumentException("a count of " + count);
    }

    /**
     * Mean squared activations, the form that {@link dev.lutra.quant.RowCodec#encode} takes.
     *
     * @return as many values as {@link #sums}; 1 throughout a matrix that no token reached
     */
    public float[] means() {
        float[] means = new float[sums.length];
        int columns = sums.length / counts.length;
        for (int i = 0; i < means.length; i++) {
            float count = counts[i / columns];
            means[i] = count > 0 ? sums[i] / count : 1;
        }
        return means;
    }

    /** Share of matrices that some token reached, 1 for a tensor of a single matrix. */
    public double coverage() {
        int reached = 0;
        for (float count : counts) if (count > 0) reached++;
        return (double) reached / counts.length;
    }

    float largestCount() {
        float largest = 0;
        for (float count : counts) largest = Math.max(largest, count);
        return largest;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ColumnStatistics that
                && Arrays.equals(sums, that.sums)
                && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(sums) + Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return sums.length + " columns, " + counts.length + " counts";
    }
}
