package dev.lutra.quant.digit;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
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
        RowFit fit = new RowFit(values, importance(importance, columns), type.group(), limit);
        store(fit, choose(fit), target, row);
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

    private Choice choose(RowFit fit) {
        float largestStep = 0;
        for (int g = 0; g < fit.groups(); g++) largestStep = Math.max(largestStep, fit.bestStep(g));
        Choice best = null;
        for (float candidate : mostPromising(fit, largestStep)) {
            Choice choice = measure(fit, candidate);
            if (best == null || choice.error < best.error) best = choice;
        }
        return Objects.requireNonNull(best);
    }

    /** The row scales with the least estimated error, at least one. */
    private float[] mostPromising(RowFit fit, float largestStep) {
        float first = RowScales.nearest(0.9f * largestStep / largestGroupScale, type.digits());
        float last = 2.4f * largestStep / largestGroupScale;
        float[] scales = new float[TRIALS];
        double[] errors = new double[TRIALS];
        int kept = 0;
        for (float scale = first; kept == 0 || scale <= last; scale = RowScales.next(scale, type.digits())) {
            double error = 0, logScale = Math.log(scale);
            for (int g = 0; g < fit.groups(); g++)
                error += fit.estimate(g, logScale + logarithms[nearestGroupScale(fit, g, scale)]);
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

    private int nearestGroupScale(RowFit fit, int g, float scale) {
        return clampGroupScale(Math.round(fit.bestStep(g) / scale));
    }

    private int clampGroupScale(int m) {
        return Math.max(1, Math.min(largestGroupScale, m));
    }

    /** The best group scales under {@code rowScale}, each the nearest to its group's best step or a neighbour. */
    private Choice measure(RowFit fit, float rowScale) {
        int groups = fit.groups();
        int[] groupScales = new int[groups];
        double[] least = new double[groups];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        float[] steps = new float[groups];
        for (int neighbour = -1; neighbour <= 1; neighbour++) {
            int[] tried = new int[groups];
            for (int g = 0; g < groups; g++) {
                tried[g] = clampGroupScale(nearestGroupScale(fit, g, rowScale) + neighbour);
                steps[g] = rowScale * tried[g];
            }
            double[] errors = fit.errors(steps);
            for (int g = 0; g < groups; g++) {
                if (errors[g] >= least[g]) continue;
                least[g] = errors[g];
                groupScales[g] = fit.isZero(g) ? 1 : tried[g];
            }
        }
        double total = 0;
        for (double error : least) total += error;
        return new Choice(rowScale, groupScales, total);
    }

    private void store(RowFit fit, Choice choice, DigitMatrix target, int row) {
        MemorySegment groupScales = target.groupScales();
        if (groupScales == null || target.digits() != type.digits() || target.group() != type.group())
            throw new IllegalArgumentException("the target does not have the digits and groups of " + type);
        target.rowScales()[row] = choice.rowScale;
        float[] steps = new float[choice.groupScales.length];
        for (int g = 0; g < steps.length; g++) {
            long at = (long) row * steps.length + g;
            groupScales.set(ValueLayout.JAVA_BYTE, at, (byte) choice.groupScales[g]);
            steps[g] = choice.rowScale * choice.groupScales[g];
        }
        target.setLevels(row, fit.levels(steps), 0);
    }
}
