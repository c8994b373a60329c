package dev.lutra.quant.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * Writes weights as ternary digits so that the outputs change least. The steps: scales by search, levels by error feedback,
 * then a number of times scales by least squares and levels by coordinate descent.
 */
public final class DigitCalibrator {
    /** Rows that are worked on at a time: enough for matrix products at full speed. */
    private static final int ROWS = 1024;

    private final DigitType type;
    private final int passes;

    /** @param passes refits of the scales, each followed by a pass of coordinate descent over the levels */
    public DigitCalibrator(DigitType type, int passes) {
        if (passes < 0) throw new IllegalArgumentException("passes must not be negative: " + passes);
        this.type = type;
        this.passes = passes;
    }

    /** Bytes of memory beside weights, metric and result that {@link #quantize} needs for {@code rows} x {@code columns}. */
    public long bytes(int rows, int columns) {
        int groups = Math.ceilDiv(columns, type.group());
        long chunk = Math.min(ROWS, rows);
        long matrices = 3 * chunk * columns * Float.BYTES + chunk * columns + chunk * 128 * Float.BYTES;
        long refit =
                64L * ((long) groups * groups + columns) * Float.BYTES + (long) type.group() * columns * Float.BYTES;
        return matrices + refit;
    }

    /**
     * @param weights [rows][columns], left as they are
     * @param arena holds the result
     */
    public DigitMatrix quantize(Matrix weights, Metric metric, Arena arena) {
        int rows = weights.rows(), columns = weights.columns();
        if (metric.columns() != columns)
            throw new IllegalArgumentException("a metric of " + metric.columns() + " inputs for " + columns);
        DigitMatrix result = DigitMatrix.allocate(rows, columns, type.digits(), type.group(), arena);
        for (int first = 0; first < rows; first += ROWS)
            quantize(weights.rows(first, Math.min(ROWS, rows - first)), metric, first, result);
        return result;
    }

    private void quantize(Matrix weights, Metric metric, int first, DigitMatrix result) {
        DigitScales scales = new ScaleSearch(type, metric.powers()).search(weights);
        byte[] levels;
        try (Arena work = Arena.ofShared()) {
            Matrix targets = Matrix.allocate(work, weights.rows(), weights.columns());
            metric.arrange(weights, targets);
            try (Arena scratch = Arena.ofShared()) {
                Matrix rest = Matrix.allocate(scratch, weights.rows(), weights.columns());
                rest.copyFrom(targets);
                levels = new ErrorFeedback(metric).round(rest, scales);
            }
            ScaleRefit refit = new ScaleRefit(metric, type);
            CoordinateDescent descent = new CoordinateDescent(metric);
            for (int pass = 0; pass < passes; pass++) {
                refit.refit(targets, levels, scales);
                descent.pass(targets, scales, levels);
            }
        }
        store(levels, scales, metric, first, result);
    }

    private static void store(byte[] levels, DigitScales scales, Metric metric, int first, DigitMatrix result) {
        int columns = result.columns(), rows = scales.rowScales().length;
        IntStream.range(0, rows).parallel().forEach(row -> {
            for (int i = 0; i < columns; i++) result.setLevel(first + row, metric.column(i), levels[row * columns + i]);
        });
        System.arraycopy(scales.rowScales(), 0, result.rowScales(), first, rows);
        MemorySegment groupScales = result.groupScales();
        if (groupScales == null) throw new IllegalStateException("a matrix of digits without group scales");
        MemorySegment.copy(
                MemorySegment.ofArray(scales.groupScales()),
                0,
                groupScales,
                (long) first * result.groups(),
                scales.groupScales().length);
    }
}
