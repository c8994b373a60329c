package dev.lutra.quant.ternary;

import java.util.OptionalDouble;

/**
 * What must be known of a float matrix before it is written as trits, gathered in one pass over its rows: the mean of |w|,
 * and whether the matrix is ternary already. Rows may be added in any order and by many threads; the result does not depend
 * on either.
 */
public final class TernarySurvey {
    private static final float NOT_TERNARY = Float.NaN;

    private final int columns;
    private final double[] absoluteSums;
    /** Per row: s when all weights are -s, 0 or s (0 for a row of zeros), else NaN. */
    private final float[] rowScales;

    public TernarySurvey(int rows, int columns) {
        this.columns = columns;
        this.absoluteSums = new double[rows];
        this.rowScales = new float[rows];
    }

    /**
     * Adds row {@code row}: the weights of {@code values} from {@code from} on. Each row is added once.
     *
     * @throws IllegalArgumentException when a weight is not finite
     */
    public void addRow(int row, float[] values, int from) {
        double sum = 0;
        float scale = 0;
        boolean ternary = true;
        for (int i = from; i < from + columns; i++) {
            float magnitude = Math.abs(values[i]);
            sum += magnitude;
            if (magnitude == 0 || magnitude == scale) continue;
            ternary &= scale == 0;
            scale = magnitude;
        }
        if (!Double.isFinite(sum)) throw notFinite(row, values, from);
        absoluteSums[row] = sum;
        rowScales[row] = ternary ? scale : NOT_TERNARY;
    }

    private IllegalArgumentException notFinite(int row, float[] values, int from) {
        int column = 0;
        while (Float.isFinite(values[from + column])) column++;
        return new IllegalArgumentException("row " + row + ", column " + column + " holds " + values[from + column]
                + ": only finite weights can be" + " quantized");
    }

    int columns() {
        return columns;
    }

    /** The mean of |w| over the whole matrix. */
    public double meanAbsolute() {
        double sum = 0;
        for (double rowSum : absoluteSums) sum += rowSum;
        return sum / ((double) absoluteSums.length * columns);
    }

    /** Whether every weight is 0, as in checkpoints published by mistake: worth a warning. */
    public boolean isAllZero() {
        for (float scale : rowScales) if (scale != 0) return false;
        return true;
    }

    /** Whether row {@code row} is -s, 0 and s exactly. */
    boolean isTernary(int row) {
        return !Float.isNaN(rowScales[row]);
    }

    /** Whether every row is -s, 0 and s exactly, s being its own. */
    public boolean hasTernaryRows() {
        for (float scale : rowScales) if (Float.isNaN(scale)) return false;
        return true;
    }

    /** The scale of each row, 0 for a row of zeros, when {@link #hasTernaryRows}. */
    public float[] rowScales() {
        if (!hasTernaryRows()) throw new IllegalStateException("the matrix is not ternary");
        return rowScales.clone();
    }

    /** The scale when every weight is -s, 0 or s exactly, with one s for the matrix; 0 for a matrix of zeros. */
    public OptionalDouble exactScale() {
        float found = 0;
        for (float scale : rowScales) {
            if (scale == 0 || scale == found) continue;
            if (found != 0 || Float.isNaN(scale)) return OptionalDouble.empty();
            found = scale;
        }
        return OptionalDouble.of(found);
    }

    /** The way from these weights to trits: exact when there is one, else BitNet's rounding. */
    public Ternarizer ternarizer() {
        OptionalDouble exact = exactScale();
        return exact.isPresent() ? Ternarizer.exact((float) exact.getAsDouble()) : Ternarizer.absMean(meanAbsolute());
    }
}
