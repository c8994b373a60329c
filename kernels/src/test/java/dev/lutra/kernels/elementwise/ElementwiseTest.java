package dev.lutra.kernels.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation in every implementation against formulas written out here, in double. */
class ElementwiseTest {
    private static final int[] COLUMNS = {1, 3, 7, 32, 96, 100, 896};
    private static final int[] TOKENS = {1, 2, 7, 33};

    private final Arena arena = Arena.ofShared();
    private final Team team = Team.of(2);
    private final Random random = new Random(7);

    static Stream<RmsNorm> norms() {
        return withNative(RmsNormNative::new, List.of(new RmsNormScalar(), new RmsNormVector()));
    }

    static Stream<Gate> gates() {
        return withNative(GateNative::new, List.of(new GateScalar(), new GateVector()));
    }

    static Stream<Rope> ropes() {
        return withNative(RopeNative::new, List.of(new RopeScalar(), new RopeVector()));
    }

    static Stream<Sum> sums() {
        return withNative(SumNative::new, List.of(new SumScalar(), new SumVector()));
    }

    static Stream<Softmax> softmaxes() {
        return Stream.of(new SoftmaxScalar(), new SoftmaxVector());
    }

    private static <T> Stream<T> withNative(Supplier<? extends T> ours, List<T> java) {
        return NativeLibrary.get().isAvailable() ? Stream.concat(java.stream(), Stream.of(ours.get())) : java.stream();
    }

    @AfterEach
    void free() {
        team.close();
        arena.close();
    }

    private FloatMatrix gaussian(int rows, int columns) {
        return RandomFloats.gaussian(rows, columns, 1.5, random, arena);
    }

    @ParameterizedTest
    @MethodSource("norms")
    void rmsNormDividesByTheRootMeanSquare(RmsNorm norm) {
        for (int columns : COLUMNS)
            for (int tokens : TOKENS) {
                FloatMatrix x = gaussian(tokens, columns), y = FloatMatrix.allocate(arena, tokens, columns);
                float[] weight = RandomFloats.gaussian(columns, random);
                norm.apply(x, weight, 1e-6f, y, team);
                for (int t = 0; t < tokens; t++) {
                    double squares = 0;
                    for (int i = 0; i < columns; i++) squares += (double) x.get(t, i) * x.get(t, i);
                    double factor = 1 / Math.sqrt(squares / columns + 1e-6f);
                    for (int i = 0; i < columns; i++) {
                        double expected = x.get(t, i) * factor * weight[i];
                        assertEquals(expected, y.get(t, i), 3e-7 * Math.abs(expected));
                    }
                }
            }
    }

    @ParameterizedTest
    @MethodSource("norms")
    void rmsNormOfHeadsTreatsEachAlone(RmsNorm norm) {
        FloatMatrix x = gaussian(3, 5 * 24), whole = RandomFloats.copy(x, arena);
        float[] weight = RandomFloats.gaussian(24, random);
        norm.apply(x, weight, 1e-6f, x, team);
        for (int head = 0; head < 5; head++) {
            FloatMatrix y = FloatMatrix.allocate(arena, 3, 24);
            norm.apply(whole.columns(24 * head, 24), weight, 1e-6f, y, team);
            for (int t = 0; t < 3; t++) for (int i = 0; i < 24; i++) assertEquals(y.get(t, i), x.get(t, 24 * head + i));
        }
        assertThrows(IllegalArgumentException.class, () -> norm.apply(x, new float[7], 1e-6f, x, team));
    }

    @ParameterizedTest
    @MethodSource("gates")
    void gatesApplyTheirFunction(Gate gate) {
        for (int columns : COLUMNS) {
            FloatMatrix g = RandomFloats.gaussian(3, columns, 4, random, arena), u = gaussian(3, columns);
            FloatMatrix y = FloatMatrix.allocate(arena, 3, columns);
            for (Gate.Activation activation : Gate.Activation.values()) {
                gate.apply(activation, g, u, y, team);
                for (int t = 0; t < 3; t++)
                    for (int i = 0; i < columns; i++) {
                        double v = g.get(t, i), sigmoid = 1 / (1 + Math.exp(-v));
                        double expected = u.get(t, i)
                                * switch (activation) {
                                    case SILU -> v * sigmoid;
                                    case SIGMOID -> sigmoid;
                                    case SQUARED_RELU -> v > 0 ? v * v : 0;
                                };
                        assertEquals(expected, y.get(t, i), 1e-6 * Math.abs(expected), activation + " of " + v);
                    }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("gates")
    void gatesAreFiniteFarFromZero(Gate gate) {
        FloatMatrix g = FloatMatrix.allocate(arena, 1, 64), one = FloatMatrix.allocate(arena, 1, 64);
        FloatMatrix y = FloatMatrix.allocate(arena, 1, 64);
        for (int i = 0; i < 64; i++) {
            g.set(0, i, i % 2 == 0 ? 1000f : -1000f);
            one.set(0, i, 1f);
        }
        gate.apply(Gate.Activation.SILU, g, one, y, team);
        for (int i = 0; i < 64; i++) assertEquals(i % 2 == 0 ? 1000f : 0f, y.get(0, i), 1e-30f);
        gate.apply(Gate.Activation.SIGMOID, g, one, y, team);
        for (int i = 0; i < 64; i++) assertEquals(i % 2 == 0 ? 1f : 0f, y.get(0, i), 1e-30f);
    }

    @ParameterizedTest
    @MethodSource("ropes")
    void ropeTurnsPairsByTheirAngle(Rope rope) {
        for (int[] shape : new int[][] {{2, 2}, {64, 64}, {80, 80}, {128, 32}, {24, 10}}) {
            int length = shape[0], rotated = shape[1], heads = 3, tokens = 5, first = 11;
            RopeTable table = RopeTable.of(rotated, 1e6, 40);
            FloatMatrix x = gaussian(tokens, heads * length), y = RandomFloats.copy(x, arena);
            rope.apply(y, length, first, table, team);
            for (int t = 0; t < tokens; t++)
                for (int h = 0; h < heads; h++)
                    for (int i = 0; i < length; i++) {
                        int at = h * length + i, pair = i % (rotated / 2);
                        double angle = (first + t) * Math.pow(1e6, -2.0 * pair / rotated);
                        double expected = i >= rotated
                                ? x.get(t, at)
                                : i < rotated / 2
                                        ? x.get(t, at) * Math.cos(angle) - x.get(t, at + rotated / 2) * Math.sin(angle)
                                        : x.get(t, at) * Math.cos(angle) + x.get(t, at - rotated / 2) * Math.sin(angle);
                        assertEquals(expected, y.get(t, at), 1e-5, "head of " + length + ", element " + i);
                    }
        }
    }

    @Test
    void ropesAgreeToTheBit() {
        RopeTable table = RopeTable.of(36, 10000, 20);
        FloatMatrix a = gaussian(9, 120), b = RandomFloats.copy(a, arena);
        new RopeScalar().apply(a, 40, 3, table, team);
        new RopeVector().apply(b, 40, 3, table, team);
        assertEquals(-1, a.segment().mismatch(b.segment()));
    }

    @ParameterizedTest
    @MethodSource("ropes")
    void positionsBehindTheTableAreRefused(Rope rope) {
        FloatMatrix x = gaussian(2, 8);
        RopeTable table = RopeTable.of(8, 10000, 4);
        rope.apply(x, 8, 2, table, team);
        assertThrows(IllegalArgumentException.class, () -> rope.apply(x, 8, 3, table, team));
        assertThrows(IllegalArgumentException.class, () -> rope.apply(x, 8, -1, table, team));
        assertThrows(IllegalArgumentException.class, () -> rope.apply(x, 4, 0, table, team));
    }

    @ParameterizedTest
    @MethodSource("sums")
    void additionsAreExact(Sum sum) {
        for (int columns : COLUMNS) {
            FloatMatrix x = gaussian(4, columns), y = gaussian(4, columns), before = RandomFloats.copy(y, arena);
            float[] bias = RandomFloats.gaussian(columns, random);
            sum.add(x, y, team);
            sum.addBias(bias, y, team);
            sum.addScaled(x, 0.3f, y, team);
            for (int t = 0; t < 4; t++)
                for (int i = 0; i < columns; i++) {
                    float expected = before.get(t, i) + x.get(t, i) + bias[i] + 0.3f * x.get(t, i);
                    assertEquals(expected, y.get(t, i));
                }
        }
    }

    @ParameterizedTest
    @MethodSource("softmaxes")
    void softmaxIsNormalizedExponentials(Softmax softmax) {
        for (int columns : COLUMNS) {
            FloatMatrix x = RandomFloats.gaussian(3, columns, 5, random, arena), y = RandomFloats.copy(x, arena);
            y.set(1, 0, 500f);
            x.set(1, 0, 500f);
            softmax.apply(y, team);
            for (int t = 0; t < 3; t++) {
                double maximum = Double.NEGATIVE_INFINITY, total = 0;
                for (int i = 0; i < columns; i++) maximum = Math.max(maximum, x.get(t, i));
                for (int i = 0; i < columns; i++) total += Math.exp(x.get(t, i) - maximum);
                for (int i = 0; i < columns; i++) {
                    double expected = Math.exp(x.get(t, i) - maximum) / total;
                    double tolerance = (1e-6 + 1.2e-7 * (maximum - x.get(t, i))) * expected + 1e-37;
                    assertEquals(expected, y.get(t, i), tolerance);
                }
            }
        }
    }
}
