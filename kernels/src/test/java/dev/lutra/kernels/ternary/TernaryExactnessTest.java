package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.ModelRegistry;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All kernels give the int32 sums of {@link TernaryScalar}, bit for bit: those of the Vector API, and every native layout under every
 * instruction set of this machine, for one, two and three digits.
 *
 * <p>The projections of all known models are covered in two parts, so that the test stays fast: each width with less than
 * a tile of rows, for columns are cut the same way in every tile, and each height, also of matrices that the engine stacks, with
 * few columns.
 */
class TernaryExactnessTest {
    private static final int FEW_ROWS = 40;

    /** More than one step of every layout, the last one not full. */
    private static final int FEW_COLUMNS = 28;

    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(23);

    @AfterEach
    void free() {
        arena.close();
        InstructionSet.useBest();
    }

    static IntStream widths() {
        return shapes().mapToInt(Shape::k).collect(TreeSet<Integer>::new, TreeSet::add, TreeSet::addAll).stream()
                .mapToInt(Integer::intValue);
    }

    static IntStream heights() {
        return shapes().mapToInt(Shape::m).collect(TreeSet<Integer>::new, TreeSet::add, TreeSet::addAll).stream()
                .mapToInt(Integer::intValue);
    }

    private static Stream<Shape> shapes() {
        return ModelRegistry.bundled().models().stream().map(KnownModel::config).flatMap(TernaryExactnessTest::shapes);
    }

    /** The projections of one model, and query, key and value as one, and gate and up. */
    private static Stream<Shape> shapes(ModelConfig config) {
        int up = config.experts() == null
                ? config.feedForward()
                : config.experts().feedForward();
        return Stream.concat(
                KnownModel.kernelShapes(config).stream(),
                Stream.of(
                        new Shape(config.queryWidth() + 2 * config.keyWidth(), config.hidden()),
                        new Shape(2 * up, config.hidden())));
    }

    @ParameterizedTest
    @MethodSource("widths")
    void widthsOfKnownModels(int columns) {
        for (int digits = 1; digits <= 3; digits++)
            check(RandomDigits.uniform(FEW_ROWS, columns, digits, 96, random, arena), new int[] {1, 5}, 2);
    }

    @ParameterizedTest
    @MethodSource("heights")
    void heightsOfKnownModels(int rows) {
        for (int digits = 1; digits <= 3; digits++)
            check(RandomDigits.uniform(rows, FEW_COLUMNS, digits, 96, random, arena), new int[] {1, 5}, 2);
    }

    /** Around tiles, bands and panels of rows, and the steps, blocks and groups of columns of every layout. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 32",
        "2, 2, 32",
        "63, 4, 32",
        "64, 5, 32",
        "65, 31, 32",
        "127, 33, 32",
        "129, 97, 96",
        "191, 98, 96",
        "193, 125, 4064",
        "257, 241, 4064",
        "66, 253, 4064",
        "67, 256, 128",
        "130, 505, 4064",
        "31, 1000, 96",
        "2049, 49, 32",
        "2111, 25, 32"
    })
    void awkwardShapes(int rows, int columns, int group) {
        for (int digits = 1; digits <= 3; digits++)
            check(
                    RandomDigits.uniform(rows, columns, digits, group, random, arena),
                    new int[] {1, 2, 3, 7, 33},
                    digits);
    }

    /** Any number of tokens, shared out to any number of threads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void tokensAndThreads(int workers) {
        for (int digits = 1; digits <= 3; digits++)
            check(RandomDigits.uniform(200, 163, digits, 96, random, arena), new int[] {1, 7, 33, 513}, workers);
    }

    /** All trits 1 under the largest scale by activations at the ends of int8, where sums of 16 bits would overflow first. */
    @ParameterizedTest
    @ValueSource(ints = {240, 252, 253, 1000, 4999})
    void largestSums(int columns) {
        List<IntUnaryOperator> ends = List.of(k -> 127, k -> -128, k -> k % 2 == 0 ? 127 : -128, k -> -127);
        for (int digits = 1; digits <= 3; digits++)
            for (int group : new int[] {96, 4064}) {
                DigitMatrix matrix = RandomDigits.largest(FEW_ROWS, columns, digits, group, arena);
                byte[][] x = new byte[4][columns];
                for (int t = 0; t < 4; t++)
                    for (int k = 0; k < columns; k++)
                        x[t][k] = (byte) ends.get(t).applyAsInt(k);
                for (int t = 0; t < 4; t++) check(matrix, new byte[][] {x[t]}, new int[] {1}, 1);
                check(matrix, x, new int[] {4}, 1);
            }
    }

    /** Signs that alternate, so that activations do: the smallest sums of trits with the largest parts. */
    @Test
    void signsThatFollowTheActivations() {
        int columns = 1000;
        DigitMatrix matrix = DigitMatrix.allocate(FEW_ROWS, columns, 1, 96, arena);
        byte[][] x = new byte[1][columns];
        for (int k = 0; k < columns; k++) {
            x[0][k] = (byte) (k % 3 == 0 ? 127 : -128);
            for (int r = 0; r < FEW_ROWS; r++) matrix.setLevel(r, k, (k % 3 == 0) == (r % 2 == 0) ? 1 : -1);
        }
        matrix.groupScales().fill((byte) DigitMatrix.maxGroupScale(1));
        check(matrix, x, new int[] {1}, 1);
    }

    private void check(DigitMatrix matrix, int[] batches, int workers) {
        byte[][] x = new byte[IntStream.of(batches).max().orElseThrow()][matrix.columns()];
        for (byte[] row : x) random.nextBytes(row);
        check(matrix, x, batches, workers);
    }

    /** Multiplies by the first tokens of {@code x}, as many as each batch says. */
    private static void check(DigitMatrix matrix, byte[][] x, int[] batches, int workers) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(workers)) {
            Comparison comparison = new Comparison(matrix, x, batches, arena, team);
            List<DigitMatrix> parts = List.of(matrix);
            comparison.check(new TernaryMultiply(parts, arena, team));
            if (TernaryVector.isSupported()) comparison.check(new TernaryVector(parts, arena, team));
            NativeLibrary library = NativeLibrary.get();
            assumeTrue(library.isAvailable(), () -> "native kernels: " + library.failure());
            for (NativeLayout layout : NativeLayout.values()) {
                TernaryNative linear = new TernaryNative(parts, layout, arena, team);
                for (InstructionSet isa : InstructionSet.built()) {
                    isa.use();
                    comparison.check(linear);
                }
            }
        }
    }

    /** Activations and what they come to. */
    private static final class Comparison {
        private final DigitMatrix matrix;
        private final int[] batches;
        private final Team team;
        private final Activations x;
        private final MemorySegment expected;
        private final MemorySegment actual;

        Comparison(DigitMatrix matrix, byte[][] x, int[] batches, Arena arena, Team team) {
            this.matrix = matrix;
            this.batches = batches;
            this.team = team;
            this.x = activations(x, matrix.columns(), arena, team);
            long bytes = (long) x.length * matrix.rows() * Integer.BYTES;
            expected = arena.allocate(bytes, 64);
            actual = arena.allocate(bytes, 64);
            begin(x.length);
            new TernaryScalar(List.of(matrix), arena, team).accumulate(this.x, expected, team);
        }

        /** Bytes that no floats need stand for: -128 never comes out of a quantizer. */
        private static Activations activations(byte[][] rows, int columns, Arena arena, Team team) {
            Activations x = new Activations(arena, rows.length, columns, new Int8QuantizerScalar());
            x.reset(rows.length);
            Int8Rows q = x.int8(team);
            for (int t = 0; t < rows.length; t++) {
                int sum = 0;
                for (byte value : rows[t]) sum += value;
                MemorySegment.copy(rows[t], 0, q.values(), ValueLayout.JAVA_BYTE, q.offset(t), columns);
                q.sums().setAtIndex(ValueLayout.JAVA_INT, t, sum);
            }
            return x;
        }

        /** A new batch of the same int8 rows, whose tables are made anew. */
        private void begin(int tokens) {
            x.reset(tokens);
            assertTrue(x.claimInt8() != null);
        }

        void check(TernaryLinear linear) {
            for (int tokens : batches) {
                begin(tokens);
                actual.fill((byte) 0x55);
                linear.accumulate(x, actual, team);
                long bytes = (long) tokens * matrix.rows() * Integer.BYTES;
                long at = MemorySegment.mismatch(actual, 0, bytes, expected, 0, bytes) / Integer.BYTES;
                assertTrue(
                        MemorySegment.mismatch(actual, 0, bytes, expected, 0, bytes) == -1,
                        () -> "%s, %d x %d, %d tokens, %d threads: token %d, row %d is %d, not %d"
                                .formatted(
                                        linear.describe(),
                                        matrix.rows(),
                                        matrix.columns(),
                                        tokens,
                                        team.size(),
                                        at / matrix.rows(),
                                        at % matrix.rows(),
                                        actual.getAtIndex(ValueLayout.JAVA_INT, at),
                                        expected.getAtIndex(ValueLayout.JAVA_INT, at)));
            }
        }
    }
}
