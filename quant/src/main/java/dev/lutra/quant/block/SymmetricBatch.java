package dev.lutra.quant.block;

import java.util.Arrays;

/**
 * The {@link SymmetricSearch} of many parts side by side, as {@link AffineBatch} does it for the other: inner loops run over
 * the parts, each part's sums keep their order, and the result is that of the search alone, to the bit.
 */
final class SymmetricBatch {
    private final int levels;
    private final int partLength;

    // [element][part]
    private final float[][] x;
    private final float[][] weights;
    private final float[][] weighted;

    // [part]
    private final float[] extreme;
    private final float[] inverse;
    private final float[] products;
    private final float[] squares;
    private final float[] best;
    private final float[] bestInverse;
    private final float[] bestScale;

    /** @param most the largest number of parts that will be searched at once */
    SymmetricBatch(int levels, int partLength, int most) {
        this.levels = levels;
        this.partLength = partLength;
        this.x = new float[partLength][most];
        this.weights = new float[partLength][most];
        this.weighted = new float[partLength][most];
        this.extreme = new float[most];
        this.inverse = new float[most];
        this.products = new float[most];
        this.squares = new float[most];
        this.best = new float[most];
        this.bestInverse = new float[most];
        this.bestScale = new float[most];
    }

    /**
     * @param values {@code parts} parts from {@code at} on, one after another
     * @param errorWeights weights of the errors from {@code weightsAt} on
     * @param codes receives q + levels from 0 on, or zeros for a part whose weights are all negligible
     * @param scales receives d of each part
     */
    void search(float[] values, int at, int parts, float[] errorWeights, int weightsAt, byte[] codes, float[] scales) {
        for (int i = 0; i < partLength; i++) {
            float[] value = x[i], weight = weights[i];
            for (int part = 0; part < parts; part++) {
                value[part] = values[at + part * partLength + i];
                weight[part] = errorWeights[weightsAt + part * partLength + i];
            }
            multiply(weight, value, weighted[i], parts);
        }
        for (int part = 0; part < parts; part++) {
            float largest = Scales.extreme(values, at + part * partLength, partLength);
            // a negligible part is searched as if its scale mattered, and its result dropped
            extreme[part] = Math.abs(largest) < Scales.NEGLIGIBLE ? Float.POSITIVE_INFINITY : largest;
        }
        begin(parts);
        for (int step = -SymmetricSearch.STEPS; step <= SymmetricSearch.STEPS; step++)
            if (step != 0) tryScale(levels + 0.1f * step, parts);
        for (int part = 0; part < parts; part++) finish(part, codes, scales);
    }

    private void begin(int parts) {
        divide(-levels, extreme, inverse, parts);
        measure(parts);
        for (int j = 0; j < parts; j++) {
            bestScale[j] = squares[j] != 0 ? products[j] / squares[j] : 0;
            best[j] = bestScale[j] * products[j];
            bestInverse[j] = inverse[j];
        }
    }

    private void tryScale(float steps, int parts) {
        divide(-steps, extreme, inverse, parts);
        measure(parts);
        for (int j = 0; j < parts; j++) {
            if (squares[j] > 0 && products[j] * products[j] > best[j] * squares[j]) {
                bestScale[j] = products[j] / squares[j];
                best[j] = bestScale[j] * products[j];
                bestInverse[j] = inverse[j];
            }
        }
    }

    private void measure(int parts) {
        Arrays.fill(products, 0, parts, 0);
        Arrays.fill(squares, 0, parts, 0);
        for (int i = 0; i < partLength; i++)
            accumulate(x[i], weights[i], weighted[i], inverse, products, squares, -levels, levels - 1, parts);
    }

    private static void accumulate(
            float[] x,
            float[] weights,
            float[] weighted,
            float[] inverse,
            float[] products,
            float[] squares,
            float least,
            float most,
            int parts) {
        for (int j = 0; j < parts; j++) {
            // |inverse * x| is at most levels + 1, so that this is Rounding.nearest
            float l = inverse[j] * x[j] + Rounding.MAGIC - Rounding.MAGIC;
            l = Math.min(Math.max(l, least), most);
            products[j] += weighted[j] * l;
            squares[j] += weights[j] * l * l;
        }
    }

    private static void multiply(float[] a, float[] b, float[] product, int n) {
        for (int j = 0; j < n; j++) product[j] = a[j] * b[j];
    }

    private static void divide(float dividend, float[] divisors, float[] quotients, int n) {
        for (int j = 0; j < n; j++) quotients[j] = dividend / divisors[j];
    }

    private void finish(int part, byte[] codes, float[] scales) {
        int to = part * partLength;
        if (Float.isInfinite(extreme[part])) {
            scales[part] = 0;
            Arrays.fill(codes, to, to + partLength, (byte) 0);
            return;
        }
        scales[part] = bestScale[part];
        for (int i = 0; i < partLength; i++) {
            int code = Rounding.nearest(bestInverse[part] * x[i][part]);
            codes[to + i] = (byte) (levels + Math.max(-levels, Math.min(levels - 1, code)));
        }
    }
}
