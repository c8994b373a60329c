package dev.lutra.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.util.List;
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
}
