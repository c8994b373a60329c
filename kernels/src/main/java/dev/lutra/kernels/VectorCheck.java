package dev.lutra.kernels;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.attention.KvCache;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.RopeTable;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * A safety net under the Vector API kernels, as {@code NativeCheck} is under the native ones: seeded problems that scalar code
 * solves too. It is worth running once the JIT compiler has taken the kernels up, for it is the compiler that it guards against.
 */
final class VectorCheck {
    /** More than a tile of rows, and columns that no vector divides. */
    private static final int ROWS = 70;

    private static final int COLUMNS = 96;
    private static final int[] TOKENS = {1, 9};
    private static final double TOLERANCE = 2e-4;

    private final Kernels checked;
    private final Kernels scalar;
    private final Arena arena;
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<String> wrong = new ArrayList<>();

    private VectorCheck(Kernels checked, Arena arena) {
        this.checked = checked;
        this.arena = arena;
        scalar = Kernels.withoutWarmUp(KernelKind.SCALAR, checked.team());
    }

    /** The operations of {@code kernels} whose results differ from those of scalar code, by name. */
    static List<String> wrong(Kernels kernels, Arena arena) {
        VectorCheck check = new VectorCheck(kernels, arena);
        for (int digits = 1; digits <= 3; digits++) check.ternary(digits);
        for (GgmlType type :
                List.of(GgmlType.Q8_0, GgmlType.Q4_0, GgmlType.Q6_K, GgmlType.F16, GgmlType.BF16, GgmlType.F32))
            check.blocks(type);
        check.rows();
        check.attention();
        return check.wrong;
    }

    /** Integer sums and one formula: not a bit may differ. */
    private void ternary(int digits) {
        DigitMatrix matrix = DigitMatrix.allocate(ROWS, COLUMNS + 1, digits, 32, arena);
        int most = DigitMatrix.maxLevel(digits);
        for (int row = 0; row < ROWS; row++) {
            matrix.rowScales()[row] = random.nextFloat();
            for (int k = 0; k <= COLUMNS; k++) matrix.setLevel(row, k, random.nextInt(-most, most + 1));
        }
        compareProducts(digits + " ternary digits", kernels -> kernels.ternary(List.of(matrix), arena), 0);
    }

    private void blocks(GgmlType type) {
        RowCodec codec = RowCodecs.of(type);
        int columns = Math.ceilDiv(COLUMNS, type.blockLength()) * type.blockLength();
        MemorySegment data = arena.allocate(type.byteSize(columns, ROWS).orElseThrow(), FloatMatrix.ALIGNMENT);
        float[] row = new float[columns];
        for (int r = 0; r < ROWS; r++) {
            for (int k = 0; k < columns; k++) row[k] = uniform();
            codec.encode(
                    row, 0, columns, null, data, r * type.byteSize(columns, 1).orElseThrow());
        }
        compareProducts(type + " products", kernels -> kernels.blocks(codec, data, ROWS, columns), TOLERANCE);
    }

    private void compareProducts(String name, Function<Kernels, Linear> make, double tolerance) {
        Linear expected = make.apply(scalar), actual = make.apply(checked);
        Team team = checked.team();
        for (int tokens : TOKENS) {
            FloatMatrix x = filled(tokens, expected.columns());
            FloatMatrix a = matrix(tokens, ROWS), b = matrix(tokens, ROWS);
            expected.multiply(activations(scalar, x), a, team);
            actual.multiply(activations(checked, x), b, team);
            compare(name + " of " + tokens + " tokens", a, b, tolerance);
        }
    }

    private Activations activations(Kernels kernels, FloatMatrix x) {
        Activations activations = kernels.activations(arena, x.rows(), x.columns());
        activations.reset(x.rows()).segment().copyFrom(x.segment());
        return activations;
    }

    private void rows() {
        FloatMatrix x = filled(3, COLUMNS + 3), up = filled(3, COLUMNS + 3);
        float[] weight = new float[x.columns()];
        for (int i = 0; i < weight.length; i++) weight[i] = uniform();
        RopeTable angles = RopeTable.of(COLUMNS / 3, 10_000, 8);
        compareRows("norm", x, (kernels, y) -> kernels.rmsNorm().apply(x, weight, 1e-6f, y, kernels.team()));
        for (Gate.Activation f : Gate.Activation.values())
            compareRows(f + " gate", x, (kernels, y) -> kernels.gate().apply(f, x, up, y, kernels.team()));
        compareRows("rope", x, (kernels, y) -> kernels.rope().apply(y, x.columns() / 3, 2, angles, kernels.team()));
        compareRows("sum", x, (kernels, y) -> kernels.sum().addScaled(up, 0.5f, y, kernels.team()));
    }

    /** Something that one kind of kernels does with a copy of {@code x}. */
    @FunctionalInterface
    private interface Operation {
        void run(Kernels kernels, FloatMatrix y);
    }

    private void compareRows(String name, FloatMatrix x, Operation operation) {
        FloatMatrix a = matrix(x.rows(), x.columns()), b = matrix(x.rows(), x.columns());
        a.segment().copyFrom(x.segment());
        b.segment().copyFrom(x.segment());
        operation.run(scalar, a);
        operation.run(checked, b);
        compare(name, a, b, TOLERANCE);
    }

    private void attention() {
        for (CacheType type : CacheType.values()) {
            int length = 32, positions = 70, tokens = 5;
            KvCache cache = new KvCache(arena, type, 2, length, positions);
            cache.store(0, filled(positions, 2 * length), filled(positions, 2 * length));
            FloatMatrix q = filled(tokens, 6 * length);
            FloatMatrix a = matrix(tokens, 6 * length), b = matrix(tokens, 6 * length);
            scalar.attention().attend(q, positions - tokens, cache, 0.5f, a, scalar.team());
            checked.attention().attend(q, positions - tokens, cache, 0.5f, b, scalar.team());
            compare("attention over " + type, a, b, TOLERANCE);
        }
    }

    private void compare(String name, FloatMatrix expected, FloatMatrix actual, double tolerance) {
        for (int row = 0; row < expected.rows(); row++)
            for (int i = 0; i < expected.columns(); i++) {
                double e = expected.get(row, i), a = actual.get(row, i);
                // also when one of them is not a number
                if (Math.abs(e - a) <= tolerance * Math.max(1, Math.abs(e))) continue;
                wrong.add(name);
                return;
            }
    }

    private FloatMatrix matrix(int rows, int columns) {
        return FloatMatrix.allocate(arena, rows, columns);
    }

    private FloatMatrix filled(int rows, int columns) {
        FloatMatrix matrix = matrix(rows, columns);
        for (int row = 0; row < rows; row++) for (int i = 0; i < columns; i++) matrix.set(row, i, uniform());
        return matrix;
    }

    private float uniform() {
        return 2 * random.nextFloat() - 1;
    }
}
