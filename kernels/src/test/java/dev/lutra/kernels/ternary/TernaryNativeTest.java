package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.GateNative;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every instruction set of this machine with the layouts that it has kernels for; the least and the best with all. {@link TernaryExactnessTest} goes
 * through all pairs with fewer cases.
 */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("combinations")
class TernaryNativeTest extends TernaryLinearContract {
    private final NativeLayout layout;

    @RegisterExtension
    final InstructionSet isa;

    TernaryNativeTest(InstructionSet isa, NativeLayout layout) {
        this.isa = isa;
        this.layout = layout;
    }

    static Stream<Arguments> combinations() {
        List<InstructionSet> isas = InstructionSet.built();
        return isas.stream().flatMap(isa -> layouts(isa, isas).stream().map(layout -> Arguments.of(isa, layout)));
    }

    private static List<NativeLayout> fast(InstructionSet isa) {
        isa.use();
        try {
            return NativeLayout.fast(1);
        } finally {
            InstructionSet.useBest();
        }
    }

    private static List<NativeLayout> layouts(InstructionSet isa, List<InstructionSet> isas) {
        boolean all = isa.equals(isas.getFirst()) || isa.equals(isas.getLast());
        return all ? List.of(NativeLayout.values()) : fast(isa);
    }

    @Override
    TernaryLinear prepare(List<DigitMatrix> parts, Arena arena, Team team) {
        return new TernaryNative(parts, layout, arena, team);
    }

    /** Rows of both halves in several tiles, more columns than a strip takes, tokens around a batch of the kernel. */
    @ParameterizedTest
    @CsvSource({"64, 96, 4, 1", "128, 100, 33, 2", "192, 896, 50, 1", "64, 9000, 5, 1", "40, 64, 8, 2", "64, 300, 3, 1"
    })
    void aGatedProductIsTheProductThenTheGate(int half, int columns, int tokens, int digits) {
        Random random = new Random(half + columns);
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(2)) {
            List<DigitMatrix> parts = List.of(
                    RandomDigits.uniform(half, columns, digits, 96, random, arena),
                    RandomDigits.uniform(half, columns, digits, 96, random, arena));
            TernaryLinear linear = prepare(parts, arena, team);
            Activations x = new Activations(arena, tokens, columns, new Int8QuantizerScalar());
            RandomFloats.fill(x.reset(tokens), 1, random);
            FloatMatrix both = FloatMatrix.allocate(arena, tokens, 2 * half);
            FloatMatrix expected = FloatMatrix.allocate(arena, tokens, half);
            FloatMatrix actual = FloatMatrix.allocate(arena, tokens, half);
            for (Gate.Activation f : Gate.Activation.values()) {
                boolean done = linear.multiplyGated(f, x, actual, team);
                boolean possible = half % 64 == 0 && tokens > 3;
                // beyond, it depends on the layout's blocks
                if (!possible || columns <= 4096) assertEquals(possible, done);
                if (!done) continue;
                linear.multiply(x, both, team);
                new GateNative().apply(f, both.columns(0, half), both.columns(half, half), expected, team);
                assertEquals(-1, expected.segment().mismatch(actual.segment()));
            }
        }
    }
}
