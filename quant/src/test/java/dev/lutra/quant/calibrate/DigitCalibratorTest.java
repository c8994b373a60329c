package dev.lutra.quant.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DigitCalibratorTest {
    @ParameterizedTest
    @CsvSource({"2,32,40,160", "2,96,7,131", "2,64,33,300", "3,64,17,257", "3,32,1,32", "2,128,5,9"})
    void calibratedOutputsAreNearerThanRoundedOnes(int digits, int group, int rows, int columns) {
        DigitType type = new DigitType(digits, group);
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, rows, columns, 2 * columns + 50, 7 * columns + rows);
            Metric metric = Metric.of(problem.moments(arena), .01);
            DigitScales scales = new ScaleSearch(type, metric.powers()).search(problem.weights());
            double rounded = problem.outputError(rounded(problem.weights(), scales, arena));
            DigitMatrix fedBack = new DigitCalibrator(type, 0).quantize(problem.weights(), metric, arena);
            DigitMatrix descended = new DigitCalibrator(type, 3).quantize(problem.weights(), metric, arena);
            double feedback = problem.outputError(fedBack, arena), descent = problem.outputError(descended, arena);
            assertTrue(descent < rounded * (columns > 32 ? .8 : 1), descent + " against " + rounded);
            assertTrue(descent <= feedback * 1.0001, descent + " against " + feedback);
            assertWithinTheFormat(descended);
        }
    }

    private static void assertWithinTheFormat(DigitMatrix matrix) {
        int bits = matrix.digits() == 2 ? 6 : 7;
        for (int row = 0; row < matrix.rows(); row++) {
            int mantissa = Float.floatToIntBits(matrix.rowScales()[row]) & 0x7fffff;
            assertEquals(0, mantissa & (1 << (24 - bits)) - 1, "significant bits of a row scale");
            for (int g = 0; g < matrix.groups(); g++) {
                int scale = matrix.groupScale(row, g);
                assertTrue(scale >= 1 && scale <= DigitMatrix.maxGroupScale(matrix.digits()), "group scale " + scale);
                float product = matrix.rowScales()[row] * scale;
                assertEquals(product, Float.float16ToFloat(Float.floatToFloat16(product)), "exact in float16");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2,32", "2,64", "3,32"})
    void weightsOnTheGridComeBackExactly(int digits, int group) {
        DigitType type = new DigitType(digits, group);
        int rows = 6, columns = 2 * group + 5, max = DigitMatrix.maxLevel(digits);
        Random random = new Random(3);
        try (Arena arena = Arena.ofShared()) {
            Matrix weights = Matrix.allocate(arena, rows, columns);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++) {
                    int level = c % group == 0 ? max : random.nextInt(-max, max + 1);
                    weights.set(r, c, 0x1p-6f * level);
                }
            Problem problem =
                    new Problem(weights, Problem.of(arena, 1, columns, 400, 4).inputs());
            DigitMatrix matrix =
                    new DigitCalibrator(type, 1).quantize(weights, Metric.of(problem.moments(arena), .01), arena);
            Matrix back = Problem.dequantized(matrix, arena);
            for (int r = 0; r < rows; r++) assertArrayEquals(weights.row(r), back.row(r));
        }
    }

    @Test
    void descentAndRefitNeverRaiseTheObjective() {
        DigitType type = new DigitType(2, 32);
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 30, 301, 500, 11);
            Metric metric = Metric.of(problem.moments(arena), .01);
            DigitScales scales = new ScaleSearch(type, metric.powers()).search(problem.weights());
            Matrix targets = Matrix.allocate(arena, 30, 301), rest = Matrix.allocate(arena, 30, 301);
            metric.arrange(problem.weights(), targets);
            rest.copyFrom(targets);
            byte[] levels = new ErrorFeedback(metric).round(rest, scales);
            CoordinateDescent descent = new CoordinateDescent(metric);
            double last = descent.objective(targets, scales, levels), first = last;
            for (int pass = 0; pass < 4; pass++) {
                new ScaleRefit(metric, type).refit(targets, levels, scales);
                double refitted = descent.objective(targets, scales, levels);
                assertTrue(refitted <= last * 1.00001, "refit " + pass + ": " + last + " to " + refitted);
                descent.pass(targets, scales, levels);
                double descended = descent.objective(targets, scales, levels);
                assertTrue(descended <= refitted * 1.00001, "pass " + pass + ": " + refitted + " to " + descended);
                last = descended;
            }
            assertTrue(last < .97 * first, first + " to " + last);
        }
    }

    @Test
    void rowsDoNotDependOnOneAnother() {
        DigitType type = new DigitType(2, 32);
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 70, 96, 300, 12);
            Metric metric = Metric.of(problem.moments(arena), .01);
            DigitMatrix all = new DigitCalibrator(type, 2).quantize(problem.weights(), metric, arena);
            DigitMatrix some =
                    new DigitCalibrator(type, 2).quantize(problem.weights().rows(65, 5), metric, arena);
            double error = 0, other = 0;
            Matrix weights = problem.weights().rows(65, 5);
            Matrix part = Problem.dequantized(some, arena),
                    whole = Problem.dequantized(all, arena).rows(65, 5);
            Problem tail = new Problem(weights, problem.inputs());
            error += tail.outputError(part);
            other += tail.outputError(whole);
            // Products of other shapes add in another order, so a level on an edge may fall to either side.
            assertEquals(error, other, .02 * error);
        }
    }

    @Test
    void silentInputsAndEmptyRowsAreQuantized() {
        DigitType type = new DigitType(2, 32);
        try (Arena arena = Arena.ofShared()) {
            Matrix weights = Problem.of(arena, 4, 64, 1, 13).weights();
            weights.write(2, 0, 64, new float[64], 0);
            Metric metric = Metric.of(new Moments(64, arena), .01);
            DigitMatrix matrix = new DigitCalibrator(type, 2).quantize(weights, metric, arena);
            Matrix back = Problem.dequantized(matrix, arena);
            assertArrayEquals(new float[64], back.row(2));
            double error = 0, power = 0;
            for (int c = 0; c < 64; c++) {
                error += Math.pow(weights.get(0, c) - back.get(0, c), 2);
                power += Math.pow(weights.get(0, c), 2);
            }
            assertTrue(error < .05 * power);
        }
    }

    @Test
    void weightsThatAreNoNumbersAreRefused() {
        try (Arena arena = Arena.ofShared()) {
            Problem problem = Problem.of(arena, 2, 32, 40, 14);
            problem.weights().set(1, 5, Float.NaN);
            Metric metric = Metric.of(problem.moments(arena), .01);
            DigitCalibrator calibrator = new DigitCalibrator(new DigitType(2, 32), 1);
            assertThrows(IllegalArgumentException.class, () -> calibrator.quantize(problem.weights(), metric, arena));
        }
    }

    private static Matrix rounded(Matrix weights, DigitScales scales, Arena arena) {
        Matrix result = Matrix.allocate(arena, weights.rows(), weights.columns());
        for (int r = 0; r < weights.rows(); r++)
            for (int c = 0; c < weights.columns(); c++) {
                float step = scales.step(r, c);
                result.set(r, c, step * scales.nearest(weights.get(r, c), step));
            }
        return result;
    }
}
