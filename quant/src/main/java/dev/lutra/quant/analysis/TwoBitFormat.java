package dev.lutra.quant.analysis;

/**
 * Two bits under a scale of each row: every weight becomes -1.5, -0.5, 0.5 or 1.5 times s. s starts as the mean magnitude and
 * is refitted to the codes by least squares until they stay, so that the format is not judged by a poor scale; then it is
 * rounded to float16.
 */
public record TwoBitFormat() implements AnalysisFormat {
    private static final int ROUNDS = 20;

    @Override
    public String label() {
        return "int2/row";
    }

    @Override
    public double bitsPerWeight(int columns) {
        return 2 + (double) Short.SIZE / columns;
    }

    @Override
    public void apply(float[] row, int from, int columns) {
        double scale = meanMagnitude(row, from, columns);
        for (int round = 0; round < ROUNDS; round++) {
            double fitted = fit(row, from, columns, scale);
            if (fitted == scale) break;
            scale = fitted;
        }
        float kept = HalfScale.round((float) scale);
        for (int i = from; i < from + columns; i++) row[i] = Math.copySign(centroid(row[i], kept) * kept, row[i]);
    }

    private static double meanMagnitude(float[] row, int from, int columns) {
        double sum = 0;
        for (int i = from; i < from + columns; i++) sum += Math.abs(row[i]);
        return columns == 0 ? 0 : sum / columns;
    }

    /** The scale of least squared error for the codes that {@code scale} gives. */
    private static double fit(float[] row, int from, int columns, double scale) {
        double products = 0, squares = 0;
        for (int i = from; i < from + columns; i++) {
            double centroid = centroid(row[i], scale);
            products += centroid * Math.abs(row[i]);
            squares += centroid * centroid;
        }
        return squares == 0 ? 0 : products / squares;
    }

    /** Magnitude of the centroid nearest to {@code weight}, in units of {@code scale}. */
    private static float centroid(float weight, double scale) {
        return Math.abs(weight) < scale ? 0.5f : 1.5f;
    }
}
