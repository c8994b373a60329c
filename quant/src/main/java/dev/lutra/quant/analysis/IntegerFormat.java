package dev.lutra.quant.analysis;

/**
 * Signed integers under a scale of each row or group: round(w / s) with s = max|w| / (2^(bits - 1) - 1), the scale a float16.
 *
 * @param bits of an integer, 2 to 8
 * @param group columns that share a scale, the last group of a row possibly fewer; {@link #WHOLE_ROW} for one scale a row
 */
public record IntegerFormat(int bits, int group) implements AnalysisFormat {
    /** One scale for all columns. */
    public static final int WHOLE_ROW = Integer.MAX_VALUE;

    public IntegerFormat {
        if (bits < 2 || bits > 8) throw new IllegalArgumentException("integers of " + bits + " bits");
        if (group < 1) throw new IllegalArgumentException("groups of " + group + " columns");
    }

    @Override
    public String label() {
        return "int" + bits + "/" + (group == WHOLE_ROW ? "row" : group);
    }

    @Override
    public double bitsPerWeight(int columns) {
        long groups = ((long) columns + group - 1) / group;
        return bits + (double) groups * Short.SIZE / columns;
    }

    @Override
    public void apply(float[] row, int from, int columns) {
        int end = from + columns;
        for (int start = from, length; start < end; start += length) {
            length = Math.min(group, end - start);
            applyGroup(row, start, length);
        }
    }

    private void applyGroup(float[] row, int from, int length) {
        int largestCode = (1 << bits - 1) - 1;
        float largest = 0;
        for (int i = from; i < from + length; i++) largest = Math.max(largest, Math.abs(row[i]));
        float scale = HalfScale.round(largest / largestCode);
        for (int i = from; i < from + length; i++) {
            // a scale that float16 rounds down leaves the largest weight just above the last code
            double code = scale == 0 ? 0 : Math.rint((double) row[i] / scale);
            row[i] = scale * (float) Math.max(-largestCode, Math.min(largestCode, code));
        }
    }
}
