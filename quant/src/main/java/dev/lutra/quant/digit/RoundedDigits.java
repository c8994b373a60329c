package dev.lutra.quant.digit;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rounds float rows to ternary digits with no data but, if there is, an importance of each column. Each row gets the scale S and
 * each group the integer m that together minimise the sum of importance times squared error: groups are measured at a range of
 * steps, every S worth trying is judged by what those measurements say of its multiples, and the best few are tried in earnest.
 *
 * <p>Stateless; rows may be given to many threads.
 */
public final class RoundedDigits {
    /** S that are tried on the weights themselves: more change the error by less than a thousandth. */
    private static final int TRIALS = 3;

    /** Added to every importance, the mean of which is 1. */
    private static final float SMALLEST_IMPORTANCE = 1e-6f;

    private final DigitType type;
    private final int limit;
    private final int largestGroupScale;
    /** Logarithms of the group scales, by scale. */
    private final double[] logarithms;

    public RoundedDigits(DigitType type) {
        this.type = type;
        this.limit = DigitMatrix.maxLevel(type.digits());
        this.largestGroupScale = DigitMatrix.maxGroupScale(type.digits());
        this.logarithms = new double[largestGroupScale + 1];
        for (int m = 1; m <= largestGroupScale; m++) logarithms[m] = Math.log(m);
    }

    /** A row scale with its group scales and what they cost. */
    private record Choice(float rowScale, int[] groupScales, double error) {}

    /**
     * Rounds one row.
     *
     * @param weights source, beginning at {@code from}
     * @param importance mean squared activation of each column, {@code target.columns()} values, or null
     * @param target receives the digits and scales as row {@code row}
     * @throws IllegalArgumentException when a weight is not finite
     */
    public void roundRow(float[] weights, int from, float @Nullable [] importance, DigitMatrix target, int row) {
        int columns = target.columns();
        float[] values = Arrays.copyOfRange(weights, from, from + columns);
        for (int i = 0; i < columns; i++)
            if (!Float.isFinite(values[i]))
                throw new IllegalArgumentException(
                        "weight in column " + i + " is " + values[i] + ", which " + type.label() + " cannot hold");
        Choice choice = choose(values, importance(importance, columns));
        store(values, choice, target, row);
    }

    private static float[] importance(float @Nullable [] given, int columns) {
        float[] importance = new float[columns];
        double sum = 0;
        if (given != null) {
            if (given.length < columns)
                throw new IllegalArgumentException(
                        "importance of " + given.length + " columns for a row of " + columns);
            for (int i = 0; i < columns; i++) sum += given[i];
        }
        if (given == null || !(sum > 0)) {
            Arrays.fill(importance, 1f);
        } else {
            // columns that no sample excited must not leave a group without any error to minimise
            for (int i = 0; i < columns; i++) importance[i] = (float) (given[i] * columns / sum) + SMALLEST_IMPORTANCE;
        }
        return importance;
    }

    private Choice choose(float[] values, float[] importance) {
        int groups = Math.ceilDiv(values.length, type.group());
        GroupFit[] fits = new GroupFit[groups];
        float largestStep = 0;
        for (int g = 0; g < groups; g++) {
            int from = g * type.group();
            fits[g] = new GroupFit(values, importance, from, Math.min(type.group(), values.length - from), limit);
            largestStep = Math.max(largestStep, fits[g].bestStep());
        }
        float[] candidates = mostPromising(fits, largestStep);
        Choice best = measure(fits, candidates[0]);
        for (int i = 1; i < candidates.length; i++) {
            Choice choice = measure(fits, candidates[i]);
            if (choice.error < best.error) best = choice;
        }
        return best;
    }

    /** The row scales with the least estimated error. */
    private float[] mostPromising(GroupFit[] fits, float largestStep) {
        float first = RowScales.nearest(0.9f * largestStep / largestGroupScale, type.digits());
        float last = 2.4f * largestStep / largestGroupScale;
        float[] scales = new float[TRIALS];
        double[] errors = new double[TRIALS];
        int kept = 0;
        for (float scale = first; kept == 0 || scale <= last; scale = RowScales.next(scale, type.digits())) {
            double error = 0, logScale = Math.log(scale);
            for (GroupFit fit : fits) error += fit.estimate(logScale + logarithms[nearestGroupScale(fit, scale)]);
            int at = kept;
            while (at > 0 && errors[at - 1] > error) at--;
            if (at == TRIALS) continue;
            kept = Math.min(kept + 1, TRIALS);
            System.arraycopy(scales, at, scales, at + 1, kept - at - 1);
            System.arraycopy(errors, at, errors, at + 1, kept - at - 1);
            scales[at] = scale;
            errors[at] = error;
        }
        return Arrays.copyOf(scales, kept);
    }

    private int nearestGroupScale(GroupFit fit, float scale) {
        return Math.max(1, Math.min(largestGroupScale, Math.round(fit.bestStep() / scale)));
    }

    /** The best group scales under {@code rowScale}, each the nearest to its group's best step or a neighbour. */
    private Choice measure(GroupFit[] fits, float rowScale) {
        int[] groupScales = new int[fits.length];
        double total = 0;
        for (int g = 0; g < fits.length; g++) {
            groupScales[g] = 1;
            if (fits[g].isZero()) continue;
            int middle = nearestGroupScale(fits[g], rowScale);
            double least = Double.POSITIVE_INFINITY;
            for (int m = Math.max(1, middle - 1); m <= Math.min(largestGroupScale, middle + 1); m++) {
                double error = fits[g].error(rowScale * m);
                if (error >= least) continue;
                least = error;
                groupScales[g] = m;
            }
            total += least;
        }
        return new Choice(rowScale, groupScales, total);
    }

    private void store(float[] values, Choice choice, DigitMatrix target, int row) {
        MemorySegment groupScales = target.groupScales();
        if (groupScales == null || target.digits() != type.digits() || target.group() != type.group())
            throw new IllegalArgumentException("the target does not have the digits and groups of " + type);
        target.rowScales()[row] = choice.rowScale;
        byte[] levels = new byte[values.length];
        for (int g = 0; g < choice.groupScales.length; g++) {
            long at = (long) row * target.groups() + g;
            groupScales.set(ValueLayout.JAVA_BYTE, at, (byte) choice.groupScales[g]);
            float inverse = 1 / (choice.rowScale * choice.groupScales[g]);
            int end = Math.min(values.length, (g + 1) * type.group());
            for (int i = g * type.group(); i < end; i++) levels[i] = (byte) GroupFit.level(values[i], inverse, limit);
        }
        target.setLevels(row, levels, 0);
    }
}
