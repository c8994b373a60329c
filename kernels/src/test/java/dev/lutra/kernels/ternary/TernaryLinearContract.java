package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link TernaryLinear} must do; the sums are compared with a loop over trits in this class. */
abstract class TernaryLinearContract {
    private final Arena arena = Arena.ofShared();

    /** The implementation under test. */
    abstract TernaryLinear prepare(List<DigitMatrix> parts, Arena arena, Team team);

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1",
        "1, 3, 1, 2",
        "31, 7, 1, 1",
        "128, 9, 1, 7",
        "129, 32, 1, 2",
        "127, 96, 1, 33",
        "128, 252, 1, 1",
        "130, 253, 1, 3",
        "64, 896, 1, 1",
        "257, 896, 1, 17",
        "40, 1000, 1, 40",
        "20, 4864, 1, 2"
    })
    void oneDigitSumsAreExact(int rows, int columns, int digits, int tokens) {
        check(rows, columns, digits, columns, tokens);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 32, 1",
        "31, 7, 32, 2",
        "129, 32, 32, 1",
        "128, 33, 32, 3",
        "65, 96, 96, 1",
        "129, 100, 96, 7",
        "128, 896, 96, 1",
        "200, 896, 96, 33",
        "70, 896, 128, 2",
        "33, 1000, 4064, 5",
        "32, 600, 512, 1"
    })
    void sumsOfTwoAndThreeDigitsAreExact(int rows, int columns, int group, int tokens) {
        check(rows, columns, 2, group, tokens);
        check(rows, columns, 3, group, tokens);
    }

    @Test
    void oneDigitTakesGroupScales() {
        DigitMatrix matrix = DigitMatrix.allocate(130, 100, 1, 32, arena);
        Random random = new Random(5);
        for (int r = 0; r < 130; r++) for (int k = 0; k < 100; k++) matrix.setLevel(r, k, random.nextInt(3) - 1);
        for (long i = 0; i < matrix.groupScales().byteSize(); i++)
            matrix.groupScales().set(ValueLayout.JAVA_BYTE, i, (byte) (1 + random.nextInt(127)));
        check(List.of(matrix), activations(3, 100, random), 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void largestSumsDoNotOverflow(int digits) {
        for (int columns : new int[] {252, 253, 1100, 4864}) {
            DigitMatrix matrix = RandomDigits.largest(129, columns, digits, 4064, arena);
            for (float value : new float[] {1, -1, 0}) {
                Activations x = activations(2, columns, new Random(1));
                x.values().segment().asSlice(0, 8L * columns).copyFrom(filled(2 * columns, value));
                check(List.of(matrix), x, 1);
            }
        }
    }

    @Test
    void stackedMatricesFollowOneAnother() {
        Random random = new Random(11);
        List<DigitMatrix> parts = List.of(
                RandomDigits.uniform(100, 96, 2, 32, random, arena),
                RandomDigits.uniform(1, 96, 2, 32, random, arena),
                RandomDigits.uniform(60, 96, 2, 32, random, arena));
        check(parts, activations(5, 96, random), 2);
    }

    @Test
    void matricesOfDifferentGeometryDoNotStack() {
        Random random = new Random(12);
        List<DigitMatrix> parts = List.of(
                RandomDigits.uniform(8, 96, 2, 32, random, arena), RandomDigits.uniform(8, 96, 2, 96, random, arena));
        try (Team team = Team.of(1)) {
            assertThrows(IllegalArgumentException.class, () -> prepare(parts, arena, team));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theResultIsOneFormulaOfTheSum(int workers) {
        Random random = new Random(workers);
        DigitMatrix matrix = RandomDigits.uniform(300, 200, 2, 96, random, arena);
        for (int tokens : new int[] {1, 6, 50}) {
            Activations x = activations(tokens, 200, random);
            try (Team team = Team.of(workers)) {
                TernaryLinear linear = prepare(List.of(matrix), arena, team);
                FloatMatrix y = FloatMatrix.allocate(arena, tokens, 300);
                linear.multiply(x, y, team);
                Int8Rows q = x.int8(team);
                for (int t = 0; t < tokens; t++)
                    for (int r = 0; r < 300; r++) {
                        float expected = expected(matrix, r, q, t) * (matrix.rowScales()[r] / q.scale(t));
                        assertEquals(expected, y.get(t, r), "token " + t + " row " + r);
                    }
            }
        }
    }

    private void check(int rows, int columns, int digits, int group, int tokens) {
        Random random = new Random(31L * rows + columns + 7L * digits + tokens);
        DigitMatrix matrix = RandomDigits.uniform(rows, columns, digits, group, random, arena);
        Activations x = activations(tokens, columns, random);
        check(List.of(matrix), x, 1, 2, 3);
    }

    private void check(List<DigitMatrix> parts, Activations x, int... teams) {
        int[][] expected = expected(parts, x);
        for (int workers : teams)
            try (Team team = Team.of(workers)) {
                TernaryLinear linear = prepare(parts, arena, team);
                MemorySegment sums = arena.allocate((long) x.tokens() * linear.rows() * Integer.BYTES, 64);
                linear.accumulate(x, sums, team);
                for (int t = 0; t < x.tokens(); t++)
                    for (int row = 0; row < linear.rows(); row++) {
                        int actual = sums.getAtIndex(ValueLayout.JAVA_INT, (long) t * linear.rows() + row);
                        if (actual != expected[t][row])
                            assertEquals(expected[t][row], actual, workers + " workers, token " + t + ", row " + row);
                    }
            }
    }

    /** The sums of all parts, for every token. */
    private static int[][] expected(List<DigitMatrix> parts, Activations x) {
        int[][] sums =
                new int[x.tokens()][parts.stream().mapToInt(DigitMatrix::rows).sum()];
        try (Team team = Team.of(1)) {
            Int8Rows q = x.int8(team);
            for (int t = 0; t < x.tokens(); t++) {
                int row = 0;
                for (DigitMatrix part : parts)
                    for (int r = 0; r < part.rows(); r++) sums[t][row++] = expected(part, r, q, t);
            }
        }
        return sums;
    }

    private static int expected(DigitMatrix matrix, int row, Int8Rows q, int token) {
        int sum = 0;
        for (int k = 0; k < matrix.columns(); k++) {
            byte x = q.values().get(ValueLayout.JAVA_BYTE, q.offset(token) + k);
            if (x != 0) sum += matrix.groupScale(row, k / matrix.group()) * matrix.level(row, k) * x;
        }
        return sum;
    }

    private Activations activations(int tokens, int columns, Random random) {
        Activations x = new Activations(arena, tokens, columns, new Int8QuantizerScalar());
        FloatMatrix values = x.reset(tokens);
        for (int t = 0; t < tokens; t++)
            for (int k = 0; k < columns; k++) values.set(t, k, (float) random.nextGaussian());
        return x;
    }

    private static MemorySegment filled(int count, float value) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return MemorySegment.ofArray(values);
    }
}
