package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.GateNative;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every instruction set of this machine with the layouts that it has kernels for; the least and the best with all. */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("combinations")
class TernaryNativeTest extends TernaryLinearContract {
    private final String isa;
    private final NativeLayout layout;

    TernaryNativeTest(String isa, NativeLayout layout) {
        this.isa = isa;
        this.layout = layout;
    }

    static Stream<Arguments> combinations() {
        NativeLibrary library = NativeLibrary.get();
        if (!library.isAvailable()) return Stream.of(Arguments.of("scalar", NativeLayout.CODES));
        List<String> isas = library.isas();
        List<Arguments> combinations = new ArrayList<>();
        for (String isa : isas) {
            if (!library.use(isa)) continue;
            boolean all = isa.equals(isas.getFirst()) || isa.equals(isas.getLast());
            for (NativeLayout layout : all ? List.of(NativeLayout.values()) : NativeLayout.fast(1))
                combinations.add(Arguments.of(isa, layout));
        }
        library.use(isas.getLast());
        return combinations.stream();
    }

    @Override
    TernaryLinear prepare(List<DigitMatrix> parts, Arena arena, Team team) {
        NativeLibrary library = NativeLibrary.get();
        Assumptions.assumeTrue(library.isAvailable(), () -> "native kernels: " + library.failure());
        Assumptions.assumeTrue(library.use(isa), () -> "this build has no kernels for " + isa);
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

    @AfterAll
    static void useTheBest() {
        NativeLibrary library = NativeLibrary.get();
        if (library.isAvailable()) library.use(library.isas().getLast());
    }
}
