package dev.lutra.tools.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.calibrate.PlainRounding;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

/**
 * Chooses factors that move size from a projection's inputs into its weights (AWQ, arXiv 2306.00978; SmoothQuant, arXiv
 * 2211.10438). A channel of root mean square r is divided by r^a. Which a is best depends on the model and the place: it is
 * tried with rounded weights and int8 activations, one scale per token, on some of the tokens and rows.
 */
final class ChannelScales {
    /** Exponents tried; 0 leaves everything as it is. */
    private static final double[] STRENGTHS = {0, .25, .5, .75, 1};

    /** Scales are worth having when they take at least this share of the error away. */
    private static final double GAIN = .03;

    /** Rows of each matrix, and tokens, on which the error is measured. */
    private static final int ROWS = 128;

    private static final int TOKENS = 512;

    private ChannelScales() {}

    /** @param factors by which weights are multiplied and inputs divided, [inputs] */
    record Choice(double strength, float[] factors) {}

    /**
     * @param inputs a sample, [tokens][inputs]
     * @param matrices that read them, [outputs][inputs]
     * @param tied channels with the same number get the same factor
     */
    static Choice choose(Matrix inputs, List<Matrix> matrices, int[] tied, DigitType type) {
        float[] power = tiedPower(inputs, tied);
        Choice best = new Choice(0, factors(power, 0));
        try (Arena arena = Arena.ofShared()) {
            Matrix sample = sample(List.of(inputs), TOKENS, arena), rows = sample(matrices, ROWS, arena);
            Matrix wanted = Matrix.allocate(arena, sample.rows(), rows.rows());
            Blas.multiplyTransposed(1, sample, rows, 0, wanted);
            double least = error(sample, rows, wanted, best.factors(), type) * (1 - GAIN);
            for (double strength : STRENGTHS) {
                if (strength == 0) continue;
                float[] factors = factors(power, strength);
                double error = error(sample, rows, wanted, factors, type);
                if (error >= least) continue;
                least = error;
                best = new Choice(strength, factors);
            }
        }
        return best;
    }

    /** Mean square by channel, tied ones averaged. */
    private static float[] tiedPower(Matrix inputs, int[] tied) {
        int columns = inputs.columns(), numbers = Arrays.stream(tied).max().orElse(0) + 1;
        double[] sum = new double[numbers];
        int[] members = new int[numbers];
        for (int c : tied) members[c]++;
        for (int row = 0; row < inputs.rows(); row++) {
            float[] values = inputs.row(row);
            for (int c = 0; c < columns; c++) sum[tied[c]] += (double) values[c] * values[c];
        }
        float[] power = new float[columns];
        for (int c = 0; c < columns; c++) power[c] = (float) (sum[tied[c]] / members[tied[c]] / inputs.rows());
        return power;
    }

    /** Root mean squares to the power of {@code strength}, their geometric mean 1. Silent channels keep the least factor. */
    private static float[] factors(float[] power, double strength) {
        double largest = 0;
        for (float p : power) largest = Math.max(largest, p);
        double[] logs = new double[power.length];
        double mean = 0;
        for (int c = 0; c < power.length; c++) {
            logs[c] = strength * .5 * Math.log(Math.max(power[c], Math.max(1e-8 * largest, 1e-30)));
            mean += logs[c] / power.length;
        }
        float[] factors = new float[power.length];
        for (int c = 0; c < power.length; c++) factors[c] = (float) Math.exp(logs[c] - mean);
        return factors;
    }

    private static Matrix sample(List<Matrix> matrices, int most, Arena arena) {
        int columns = matrices.getFirst().columns(), total = 0;
        for (Matrix matrix : matrices) total += Math.min(most, matrix.rows());
        Matrix sample = Matrix.allocate(arena, total, columns);
        int at = 0;
        for (Matrix matrix : matrices) {
            int count = Math.min(most, matrix.rows());
            for (int i = 0; i < count; i++)
                sample.write(at++, 0, columns, matrix.row((int) ((long) i * matrix.rows() / count)), 0);
        }
        return sample;
    }

    private static double error(Matrix inputs, Matrix rows, Matrix wanted, float[] factors, DigitType type) {
        int columns = inputs.columns();
        try (Arena arena = Arena.ofShared()) {
            Matrix weights = Matrix.allocate(arena, rows.rows(), columns);
            for (int r = 0; r < rows.rows(); r++) {
                float[] row = rows.row(r);
                for (int c = 0; c < columns; c++) row[c] *= factors[c];
                weights.write(r, 0, columns, row, 0);
            }
            Matrix activations = Matrix.allocate(arena, inputs.rows(), columns);
            float[] power = new float[columns];
            for (int t = 0; t < inputs.rows(); t++) {
                float[] row = inputs.row(t);
                for (int c = 0; c < columns; c++) {
                    row[c] /= factors[c];
                    power[c] += row[c] * row[c] / inputs.rows();
                }
                roundToInt8(row);
                activations.write(t, 0, columns, row, 0);
            }
            PlainRounding.round(weights, power, type);
            Matrix given = Matrix.allocate(arena, wanted.rows(), wanted.columns());
            given.copyFrom(wanted);
            Blas.multiplyTransposed(1, activations, weights, -1, given);
            double sum = 0;
            for (int t = 0; t < given.rows(); t++) for (float rest : given.row(t)) sum += (double) rest * rest;
            return sum;
        }
    }

    private static void roundToInt8(float[] row) {
        float largest = 1e-5f;
        for (float value : row) largest = Math.max(largest, Math.abs(value));
        float scale = 127 / largest;
        for (int i = 0; i < row.length; i++) row[i] = (float) Math.rint(row[i] * scale) / scale;
    }
}
