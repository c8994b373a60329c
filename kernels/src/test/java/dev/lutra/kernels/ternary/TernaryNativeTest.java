package dev.lutra.kernels.ternary;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
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

    @AfterAll
    static void useTheBest() {
        NativeLibrary library = NativeLibrary.get();
        if (library.isAvailable()) library.use(library.isas().getLast());
    }
}
