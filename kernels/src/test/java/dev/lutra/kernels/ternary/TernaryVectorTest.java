package dev.lutra.kernels.ternary;

import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

class TernaryVectorTest extends TernaryLinearContract {
    @BeforeEach
    void needWideVectors() {
        Assumptions.assumeTrue(TernaryVector.isSupported(), "look-up kernels need 512-bit vectors");
    }

    @Override
    TernaryLinear prepare(List<DigitMatrix> parts, Arena arena, Team team) {
        return new TernaryVector(parts, arena, team);
    }
}
