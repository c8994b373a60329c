package dev.lutra.quant.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/**
 * Fits the scales to levels that stay as they are. For a row, with v_g its levels in group g and zeros elsewhere, the objective
 * is {@code const - 2 S Σ m_g b_g + S² Σ m_g m_h a_gh}, {@code a_gh = v_gᵀ H v_h} and {@code b_g = wᵀ H v_g}: small enough to try
 * row scales around the present one, each with coordinate descent on the integers. A row changes only when it gains.
 */
final class ScaleRefit {
    /** Rows whose sums are gathered together: 64 rows make the products with H efficient and keep the sums small. */
    private static final int ROWS = 64;

    /** Changes of the row scale that are tried. */
    private static final float[] FACTORS = {1, .88f, .92f, .95f, .97f, .985f, 1.015f, 1.03f, 1.05f, 1.08f, 1.12f};

    private static final int SWEEPS = 2;

    private final Metric metric;
    private final DigitType type;
    private final int maxScale;

    ScaleRefit(Metric metric, DigitType type) {
        this.metric = metric;
        this.type = type;
        maxScale = DigitMatrix.maxGroupScale(type.digits());
    }

    /**
     * @param targets columns by position
     * @param levels [rows][positions]
     * @param scales changed in place
     */
    void refit(Matrix targets, byte[] levels, DigitScales scales) {
        int columns = targets.columns(), groups = scales.groups();
        int[] group = new int[columns];
        int[][] members = new int[groups][];
        for (int i = 0; i < columns; i++) group[i] = metric.column(i) / type.group();
        for (int g = 0; g < groups; g++) {
            int wanted = g;
            members[g] =
                    IntStream.range(0, columns).filter(i -> group[i] == wanted).toArray();
        }
        int chunk = Math.min(ROWS, targets.rows());
        try (Arena arena = Arena.ofShared()) {
            Matrix moments = Matrix.allocate(arena, type.group(), columns);
            Matrix values = Matrix.allocate(arena, chunk, type.group());
            Matrix products = Matrix.allocate(arena, chunk, columns);
            for (int first = 0; first < targets.rows(); first += ROWS) {
                int count = Math.min(ROWS, targets.rows() - first), start = first;
                float[][] mixed = new float[count][groups * groups], linear = new float[count][groups];
                for (int g = 0; g < groups; g++) {
                    int[] positions = members[g];
                    int at = g;
                    gather(positions, moments);
                    IntStream.range(0, count).parallel().forEach(row -> {
                        for (int k = 0; k < positions.length; k++)
                            values.set(row, k, levels[(start + row) * columns + positions[k]]);
                    });
                    Matrix into = products.rows(0, count);
                    Blas.multiply(
                            1,
                            values.rows(0, count).columns(0, positions.length),
                            moments.rows(0, positions.length),
                            0,
                            into);
                    IntStream.range(0, count).parallel().forEach(row -> {
                        float[] product = into.row(row), target = targets.row(start + row);
                        double sum = 0;
                        for (int i = 0; i < columns; i++) {
                            mixed[row][at * groups + group[i]] += product[i] * levels[(start + row) * columns + i];
                            sum += (double) product[i] * target[i];
                        }
                        linear[row][at] = (float) sum;
                    });
                }
                IntStream.range(0, count).parallel().forEach(row -> fit(start + row, mixed[row], linear[row], scales));
            }
        }
    }

    private void gather(int[] positions, Matrix into) {
        IntStream.range(0, positions.length).parallel().forEach(k -> {
            float[] row = new float[metric.columns()];
            metric.row(positions[k], row);
            into.write(k, 0, row.length, row, 0);
        });
    }

    private void fit(int row, float[] mixed, float[] linear, DigitScales scales) {
        int groups = linear.length;
        int[] present = new int[groups], trial = new int[groups], best = null;
        for (int g = 0; g < groups; g++) present[g] = scales.groupScale(row, g);
        float rowScale = scales.rowScales()[row], bestScale = rowScale;
        double least = objective(rowScale, present, mixed, linear);
        least -= 1e-7 * Math.abs(least);
        for (float factor : FACTORS) {
            float candidate = DigitScales.rowScale(rowScale * factor, type.digits());
            for (int g = 0; g < groups; g++) trial[g] = Math.clamp(Math.round(present[g] / factor), 1, maxScale);
            for (int sweep = 0; sweep < SWEEPS; sweep++) descend(candidate, trial, mixed, linear);
            float fitted = DigitScales.rowScale(leastSquares(trial, mixed, linear), type.digits());
            for (float scale : new float[] {candidate, fitted}) {
                double error = objective(scale, trial, mixed, linear);
                if (error >= least) continue;
                least = error;
                bestScale = scale;
                best = trial.clone();
            }
        }
        if (best == null) return;
        scales.rowScales()[row] = bestScale;
        for (int g = 0; g < groups; g++) scales.setGroupScale(row, g, best[g]);
    }

    private void descend(float rowScale, int[] scales, float[] mixed, float[] linear) {
        int groups = scales.length;
        for (int g = 0; g < groups; g++) {
            float own = mixed[g * groups + g];
            if (own <= 0) continue;
            double slope = linear[g] / (double) rowScale;
            for (int h = 0; h < groups; h++) slope -= (double) mixed[g * groups + h] * scales[h];
            scales[g] = Math.clamp(Math.round(scales[g] + slope / own), 1, maxScale);
        }
    }

    private static float leastSquares(int[] scales, float[] mixed, float[] linear) {
        double square = quadratic(scales, mixed), product = 0;
        for (int g = 0; g < scales.length; g++) product += (double) scales[g] * linear[g];
        return square > 0 ? (float) (product / square) : 0;
    }

    private static double objective(float rowScale, int[] scales, float[] mixed, float[] linear) {
        double product = 0;
        for (int g = 0; g < scales.length; g++) product += (double) scales[g] * linear[g];
        return (double) rowScale * rowScale * quadratic(scales, mixed) - 2 * rowScale * product;
    }

    private static double quadratic(int[] scales, float[] mixed) {
        double sum = 0;
        for (int g = 0; g < scales.length; g++) {
            double inner = 0;
            for (int h = 0; h < scales.length; h++) inner += (double) mixed[g * scales.length + h] * scales[h];
            sum += scales[g] * inner;
        }
        return sum;
    }
}
