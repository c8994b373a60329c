package dev.lutra.kernels.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerNative;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every instruction set of this machine gives the same bits, fused with the rounding to int8 or not. */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.lutra.kernels.ffi.InstructionSet#all")
class ElementwiseNativeTest {
    private static final int[] COLUMNS = {1, 3, 7, 32, 96, 100, 257, 896};

    private final Arena arena = Arena.ofShared();
    private final Team team = Team.of(2);
    private final Random random = new Random(17);

    @RegisterExtension
    final InstructionSet isa;

    ElementwiseNativeTest(InstructionSet isa) {
        this.isa = isa;
    }

    @AfterEach
    void free() {
        team.close();
        arena.close();
    }

    private FloatMatrix gaussian(int rows, int columns) {
        return RandomFloats.gaussian(rows, columns, 2, random, arena);
    }

    private FloatMatrix matrix(int rows, int columns) {
        return FloatMatrix.allocate(arena, rows, columns);
    }

    private static void assertSame(FloatMatrix expected, FloatMatrix actual) {
        for (int t = 0; t < expected.rows(); t++)
            for (int i = 0; i < expected.columns(); i++)
                assertEquals(expected.get(t, i), actual.get(t, i), "row " + t + " of " + expected.columns());
    }

    @Test
    void sumsAndRopesAreThoseOfTheSpecification() {
        for (int columns : COLUMNS) {
            FloatMatrix x = gaussian(5, columns), a = gaussian(5, columns), b = RandomFloats.copy(a, arena);
            float[] bias = RandomFloats.gaussian(columns, random);
            for (Sum sum : List.of(new SumScalar(), new SumNative())) {
                FloatMatrix y = sum instanceof SumScalar ? a : b;
                sum.add(x, y, team);
                sum.addBias(bias, y, team);
                sum.addScaled(x, 0.3f, y, team);
            }
            assertSame(a, b);
        }
        for (int[] shape : new int[][] {{2, 2}, {64, 64}, {40, 36}, {128, 32}, {24, 10}}) {
            RopeTable table = RopeTable.of(shape[1], 10000, 20);
            FloatMatrix a = gaussian(9, 3 * shape[0]), b = RandomFloats.copy(a, arena);
            new RopeScalar().apply(a, shape[0], 3, table, team);
            new RopeNative().apply(b, shape[0], 3, table, team);
            assertSame(a, b);
        }
    }

    @Test
    void gatesAreThoseOfTheVectorApiInWholeVectors() {
        FloatMatrix g = gaussian(7, 128), u = gaussian(7, 128), expected = matrix(7, 128), actual = matrix(7, 128);
        for (Gate.Activation activation : Gate.Activation.values()) {
            new GateVector().apply(activation, g, u, expected, team);
            new GateNative().apply(activation, g, u, actual, team);
            assertSame(expected, actual);
        }
    }

    @Test
    void everySetGivesTheBitsOfScalarCode() {
        for (int columns : COLUMNS) {
            FloatMatrix x = gaussian(3, columns), u = gaussian(3, columns);
            FloatMatrix norm = matrix(3, columns), gate = matrix(3, columns);
            FloatMatrix plainNorm = matrix(3, columns), plainGate = matrix(3, columns);
            float[] weight = RandomFloats.gaussian(columns, random);
            new RmsNormNative().apply(x, weight, 1e-6f, norm, team);
            new GateNative().apply(Gate.Activation.SILU, x, u, gate, team);
            new InstructionSet("scalar").use();
            new RmsNormNative().apply(x, weight, 1e-6f, plainNorm, team);
            new GateNative().apply(Gate.Activation.SILU, x, u, plainGate, team);
            isa.use();
            assertSame(plainNorm, norm);
            assertSame(plainGate, gate);
        }
    }

    @Test
    void int8RowsOfAFusedStepAreThoseOfTheSpecification() {
        for (int columns : COLUMNS)
            for (int tokens : new int[] {1, 7, 33}) {
                FloatMatrix x = gaussian(tokens, columns), u = gaussian(tokens, columns);
                float[] weight = RandomFloats.gaussian(columns, random);
                Activations fused = new Activations(arena, 40, columns, new Int8QuantizerNative());
                Activations plain = new Activations(arena, 40, columns, new Int8QuantizerScalar());
                fused.reset(tokens);
                new GateNative().apply(Gate.Activation.SILU, x, u, fused, team);
                assertSameInt8(plain, fused); // quantized on demand
                fused.reset(tokens);
                new GateNative().apply(Gate.Activation.SILU, x, u, fused, team);
                assertSameInt8(plain, fused); // quantized with the gate
                fused.reset(tokens);
                new RmsNormNative().apply(x, weight, 1e-6f, fused, team);
                assertSameInt8(plain, fused);
            }
    }

    private void assertSameInt8(Activations plain, Activations fused) {
        int tokens = fused.tokens();
        plain.reset(tokens).segment().copyFrom(fused.values().segment());
        Int8Rows expected = plain.int8(team), actual = fused.int8(team);
        for (int t = 0; t < tokens; t++) {
            assertEquals(expected.scale(t), actual.scale(t));
            assertEquals(expected.sum(t), actual.sum(t));
            assertEquals(
                    -1,
                    expected.values()
                            .asSlice(expected.offset(t), expected.columns())
                            .mismatch(actual.values().asSlice(actual.offset(t), actual.columns())));
        }
    }
}
