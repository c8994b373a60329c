package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.Random;

/** A seeded matrix and inputs whose channels are correlated and of unequal power, as a model's are. */
record Problem(Matrix weights, Matrix inputs) {
    static Problem of(Arena arena, int rows, int columns, int tokens, long seed) {
        Random random = new Random(seed);
        Matrix weights = Matrix.allocate(arena, rows, columns), inputs = Matrix.allocate(arena, tokens, columns);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) weights.set(r, c, (float) random.nextGaussian() * .05f);
        double[] power = random.doubles(columns, -1.5, 1.5).map(Math::exp).toArray();
        for (int t = 0; t < tokens; t++) {
            double shared = 0;
            for (int c = 0; c < columns; c++) {
                shared = .8 * shared + random.nextGaussian();
                inputs.set(t, c, (float) (power[c] * shared));
            }
        }
        return new Problem(weights, inputs);
    }

    Moments moments(Arena arena) {
        Moments moments = new Moments(weights.columns(), arena);
        moments.add(inputs);
        return moments;
    }

    /** Mean square of the outputs' error, by its definition. */
    double outputError(Matrix changed) {
        double sum = 0;
        for (int t = 0; t < inputs.rows(); t++)
            for (int r = 0; r < weights.rows(); r++) {
                double error = 0;
                for (int c = 0; c < weights.columns(); c++)
                    error += (changed.get(r, c) - weights.get(r, c)) * (double) inputs.get(t, c);
                sum += error * error;
            }
        return sum / inputs.rows() / weights.rows();
    }

    double outputError(DigitMatrix digits, Arena arena) {
        return outputError(dequantized(digits, arena));
    }

    static Matrix dequantized(DigitMatrix digits, Arena arena) {
        Matrix matrix = Matrix.allocate(arena, digits.rows(), digits.columns());
        float[] row = new float[digits.columns()];
        for (int r = 0; r < digits.rows(); r++) {
            digits.dequantizeRow(r, row, 0);
            matrix.write(r, 0, row.length, row, 0);
        }
        return matrix;
    }
}
