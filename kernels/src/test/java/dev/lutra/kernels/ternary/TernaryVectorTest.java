package dev.lutra.kernels.ternary;

import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

class TernaryVectorTest extends TernaryLinearContract {
    @Override
    TernaryLinear prepare(List<DigitMatrix> parts, Arena arena, Team team) {
        Assumptions.assumeTrue(TernaryVector.isSupported(), "needs 512-bit vectors");
        return new TernaryVector(parts, arena, team);
    }
}
