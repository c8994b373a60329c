package dev.lutra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.block.BlockNative;
import dev.lutra.kernels.block.BlockScalar;
import dev.lutra.kernels.elementwise.GateScalar;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.TernaryScalar;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VectorCheckTest {
    @ParameterizedTest
    @EnumSource(names = {"SCALAR", "VECTOR"})
    void kernelsOfThisJvmPass(KernelKind kind) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(1)) {
            assertEquals(List.of(), VectorCheck.wrong(Kernels.withoutWarmUp(kind, team), arena));
        }
    }

    @Test
    void goesOnInScalarCodeWhenTheVectorApiIsWrong() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(1)) {
            Kernels kernels = Kernels.withoutWarmUp(KernelKind.VECTOR, team);
            assertSame(kernels, kernels.without(List.of()));
            Kernels sound = kernels.without(List.of("norm"));
            assertEquals(KernelKind.SCALAR, sound.kind());
            assertInstanceOf(GateScalar.class, sound.gate());
            assertInstanceOf(BlockScalar.class, blocks(sound, GgmlType.Q8_0, arena));
            DigitMatrix matrix = DigitMatrix.allocate(3, 10, 1, 10, arena);
            assertInstanceOf(TernaryScalar.class, sound.ternary(List.of(matrix), arena));
        }
    }

    @Test
    void nativeKernelsGoOnWithoutTheVectorApisHelp() {
        Assumptions.assumeTrue(
                KernelKind.NATIVE.whyUnavailable().isEmpty(),
                () -> "no native kernels: " + KernelKind.NATIVE.whyUnavailable());
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(1)) {
            Kernels sound = Kernels.withoutWarmUp(KernelKind.NATIVE, team).without(List.of("norm"));
            assertEquals(KernelKind.NATIVE, sound.kind());
            assertInstanceOf(BlockNative.class, blocks(sound, GgmlType.Q8_0, arena));
            assertInstanceOf(BlockScalar.class, blocks(sound, GgmlType.Q5_0, arena));
        }
    }

    private static Linear blocks(Kernels kernels, GgmlType type, Arena arena) {
        return kernels.blocks(
                RowCodecs.of(type), arena.allocate(type.byteSize(32, 2).orElseThrow(), FloatMatrix.ALIGNMENT), 2, 32);
    }
}
