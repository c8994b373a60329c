package dev.lutra.quant.block;

/**
 * The {@link AffineSearch} of many parts side by side. Element i of all parts is one array, and every inner loop runs over the
 * parts: loops that the JIT compiler turns into SIMD code, while each part's sums keep their order, so that the result is that
 * of the search alone, to the bit.
 */
final class AffineBatch {
    /** Where {@link Rounding#nearest} still rounds; beyond, its result has to be had from itself. */
    private static final float ROUNDABLE = 4194303;

    private final int levels;
    private final int partLength;
    private final AffineSearch.Sweep sweep;
    private final AffineSearch single;

    // [element][part]
    private final float[][] x;
    private final float[][] weights;
    private final float[][] trial;

    // [part]
    private final float[] low;
    private final float[] high;
    private final float[] min;
    private final float[] inverse;
    private final float[] sumW;
    private final float[] sumX;
    private final float[] sumL;
    private final float[] sumL2;
    private final float[] sumXL;
    private final float[] determinant;
    private final float[] trialScale;
    private final float[] trialMinimum;
    private final float[] error;
    private final float[] bestError;
    private final float[] bestScale;
    private final float[] bestInverse;
    private final float[] bestOffset;
    private final boolean[] awkward;

    /** @param most the largest number of parts that will be searched at once */
    AffineBatch(int levels, int partLength, int most, AffineSearch.Sweep sweep) {
        this.levels = levels;
        this.partLength = partLength;
        this.sweep = sweep;
        this.single = new AffineSearch(levels, partLength, sweep);
        this.x = new float[partLength][most];
        this.weights = new float[partLength][most];
        this.trial = new float[partLength][most];
        this.low = new float[most];
        this.high = new float[most];
        this.min = new float[most];
        this.inverse = new float[most];
        this.sumW = new float[most];
        this.sumX = new float[most];
        this.sumL = new float[most];
        this.sumL2 = new float[most];
        this.sumXL = new float[most];
        this.determinant = new float[most];
        this.trialScale = new float[most];
        this.trialMinimum = new float[most];
        this.error = new float[most];
        this.bestError = new float[most];
        this.bestScale = new float[most];
        this.bestInverse = new float[most];
        this.bestOffset = new float[most];
        this.awkward = new boolean[most];
    }

    /**
     * @param values {@code parts} parts from {@code at} on, one after another
     * @param errorWeights weights of the errors, from 0 on
     * @param codes receives q, from 0 on
     * @param scales receives d of each part
     * @param minimums receives m of each part
     */
    void search(
            float[] values, int at, int parts, float[] errorWeights, byte[] codes, float[] scales, float[] minimums) {
        transpose(values, at, parts, x);
        transpose(errorWeights, 0, parts, weights);
        begin(parts);
        for (int step = 0; step <= sweep.steps(); step++) tryScale(sweep.first() + sweep.step() * step + levels, parts);
        for (int part = 0; part < parts; part++) {
            int offset = part * partLength;
            if (awkward[part]) {
                single.search(values, at + offset, errorWeights, offset, codes, offset);
                scales[part] = single.scale();
                minimums[part] = single.minimum();
            } else {
                scales[part] = low[part] == high[part] && low[part] <= 0 ? 0 : bestScale[part];
                minimums[part] = -min[part];
                for (int i = 0; i < partLength; i++)
                    codes[offset + i] = (byte) code(bestInverse[part] * (x[i][part] - bestOffset[part]));
            }
        }
    }

    private static void transpose(float[] from, int at, int parts, float[][] to) {
        for (int i = 0; i < to.length; i++) {
            float[] row = to[i];
            for (int part = 0; part < parts; part++) row[part] = from[at + part * to.length + i];
        }
    }

    private int code(float scaled) {
        return Math.max(0, Math.min(levels, Rounding.nearest(scaled)));
    }

    /** Extremes and weighted sums, and the scale that divides the range evenly as the one to beat. */
    private void begin(int parts) {
        for (int j = 0; j < parts; j++) {
            low[j] = high[j] = x[0][j];
            sumW[j] = weights[0][j];
            sumX[j] = weights[0][j] * x[0][j];
        }
        for (int i = 1; i < partLength; i++) accumulate(x[i], weights[i], low, high, sumW, sumX, parts);
        for (int j = 0; j < parts; j++) {
            min[j] = low[j] > 0 ? 0 : low[j];
            awkward[j] = false;
        }
        setInverse(levels, parts);
        for (int j = 0; j < parts; j++) {
            bestInverse[j] = inverse[j];
            bestOffset[j] = min[j];
            bestScale[j] = 1 / inverse[j];
        }
        sumCodes(parts);
        sumErrors(bestScale, min, bestError, parts);
    }

    private static void accumulate(
            float[] x, float[] weights, float[] low, float[] high, float[] sumW, float[] sumX, int parts) {
        for (int j = 0; j < parts; j++) {
            low[j] = Math.min(low[j], x[j]);
            high[j] = Math.max(high[j], x[j]);
            sumW[j] += weights[j];
            sumX[j] += weights[j] * x[j];
        }
    }

    /** The scales to try now: {@code steps} of them span the range. Parts of equal weights get any, their codes are 0. */
    private void setInverse(float steps, int parts) {
        for (int j = 0; j < parts; j++) {
            float range = high[j] - min[j];
            inverse[j] = range == 0 ? 1 : steps / range;
            boolean roundable =
                    inverse[j] * (low[j] - min[j]) > -ROUNDABLE && inverse[j] * (high[j] - min[j]) < ROUNDABLE;
            if (!roundable) awkward[j] = true;
        }
    }

    private void tryScale(float steps, int parts) {
        setInverse(steps, parts);
        sumCodes(parts);
        regress(sumW, sumX, sumL, sumL2, sumXL, determinant, trialScale, trialMinimum, parts);
        for (int j = 0; j < parts; j++) {
            if (trialMinimum[j] > 0) {
                trialMinimum[j] = 0;
                trialScale[j] = sumXL[j] / sumL2[j];
            }
        }
        sumErrors(trialScale, trialMinimum, error, parts);
        for (int j = 0; j < parts; j++) {
            if (error[j] < bestError[j] && determinant[j] > 0) {
                bestError[j] = error[j];
                bestScale[j] = trialScale[j];
                bestInverse[j] = inverse[j];
                bestOffset[j] = min[j];
                min[j] = trialMinimum[j];
            }
        }
    }

    /** Trial codes of every part, and the weighted sums that regression needs. */
    private void sumCodes(int parts) {
        for (int j = 0; j < parts; j++) sumL[j] = sumL2[j] = sumXL[j] = 0;
        for (int i = 0; i < partLength; i++)
            sumCodes(x[i], weights[i], trial[i], inverse, min, sumL, sumL2, sumXL, levels, parts);
    }

    private static void sumCodes(
            float[] x,
            float[] weights,
            float[] trial,
            float[] inverse,
            float[] min,
            float[] sumL,
            float[] sumL2,
            float[] sumXL,
            float levels,
            int parts) {
        for (int j = 0; j < parts; j++) {
            float value = x[j];
            float l = inverse[j] * (value - min[j]) + Rounding.MAGIC - Rounding.MAGIC;
            l = Math.min(Math.max(l, 0), levels);
            trial[j] = l;
            float wl = weights[j] * l;
            sumL[j] += wl;
            sumL2[j] += wl * l;
            sumXL[j] += wl * value;
        }
    }

    private static void regress(
            float[] sumW,
            float[] sumX,
            float[] sumL,
            float[] sumL2,
            float[] sumXL,
            float[] determinant,
            float[] scale,
            float[] minimum,
            int parts) {
        for (int j = 0; j < parts; j++) {
            float d = sumW[j] * sumL2[j] - sumL[j] * sumL[j];
            determinant[j] = d;
            scale[j] = (sumW[j] * sumXL[j] - sumX[j] * sumL[j]) / d;
            minimum[j] = (sumL2[j] * sumX[j] - sumL[j] * sumXL[j]) / d;
        }
    }

    /** Errors of the trial codes under a scale and a minimum. */
    private void sumErrors(float[] scale, float[] minimum, float[] errors, int parts) {
        for (int j = 0; j < parts; j++) errors[j] = 0;
        for (int i = 0; i < partLength; i++) {
            if (sweep.absolute()) addMagnitudes(x[i], weights[i], trial[i], scale, minimum, errors, parts);
            else addSquares(x[i], weights[i], trial[i], scale, minimum, errors, parts);
        }
    }

    private static void addSquares(
            float[] x, float[] weights, float[] trial, float[] scale, float[] minimum, float[] errors, int parts) {
        for (int j = 0; j < parts; j++) {
            float difference = scale[j] * trial[j] + minimum[j] - x[j];
            errors[j] += weights[j] * (difference * difference);
        }
    }

    private static void addMagnitudes(
            float[] x, float[] weights, float[] trial, float[] scale, float[] minimum, float[] errors, int parts) {
        for (int j = 0; j < parts; j++) errors[j] += weights[j] * Math.abs(scale[j] * trial[j] + minimum[j] - x[j]);
    }
}
