package dev.lutra.quant.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 64, 133})
    void holdsTheMomentsInAscendingOrderAndTheirInverse(int columns) {
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 3, columns, 2 * columns + 20, columns);
            Matrix inputs = problem.inputs();
            double[][] expected = new double[columns][columns];
            double trace = 0;
            for (int i = 0; i < columns; i++)
                for (int k = 0; k < columns; k++)
                    for (int t = 0; t < inputs.rows(); t++) expected[i][k] += inputs.get(t, i) * inputs.get(t, k);
            for (int i = 0; i < columns; i++) trace += expected[i][i];
            for (int i = 0; i < columns; i++) expected[i][i] += .01 * trace / columns;

            Metric metric = Metric.of(problem.moments(arena), .01);
            float[] row = new float[columns];
            for (int i = 0; i < columns; i++) {
                if (i > 0) assertTrue(metric.power(i - 1) <= metric.power(i));
                metric.row(i, row);
                for (int k = 0; k < columns; k++) {
                    double wanted = expected[metric.column(i)][metric.column(k)];
                    assertEquals(wanted, metric.at(i, k), 1e-5 * trace);
                    assertEquals(metric.at(i, k), row[k]);
                }
            }
            Matrix b = Matrix.allocate(arena, 3, columns), product = Matrix.allocate(arena, 3, columns);
            metric.arrange(problem.weights(), b);
            metric.multiply(1, b, 0, product);
            metric.divide(product);
            Matrix back = Matrix.allocate(arena, 3, columns);
            metric.restore(product, back);
            for (int r = 0; r < 3; r++)
                for (int c = 0; c < columns; c++) assertEquals(problem.weights().get(r, c), back.get(r, c), 2e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {.5f, 1})
    void theCorrectionFindsTheWeightsThatExplainTheOutputs(float share) {
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 5, 40, 600, 21);
            Matrix wanted = Matrix.allocate(arena, 600, 5);
            Blas.multiplyTransposed(1, problem.inputs(), problem.weights(), 0, wanted);
            Matrix start = Matrix.allocate(arena, 5, 40);
            Moments moments = problem.moments(arena);
            TargetCorrection correction = new TargetCorrection(5, 40, arena);
            correction.add(wanted.rows(0, 250), problem.inputs().rows(0, 250));
            correction.add(wanted.rows(250, 350), problem.inputs().rows(250, 350));
            correction.compare(start, moments);
            correction.apply(start, Metric.of(moments, 1e-5), share);
            for (int r = 0; r < 5; r++)
                for (int c = 0; c < 40; c++)
                    assertEquals(share * problem.weights().get(r, c), start.get(r, c), 1e-3);
        }
    }
}
