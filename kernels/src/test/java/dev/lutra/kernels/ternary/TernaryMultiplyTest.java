package dev.lutra.kernels.ternary;

import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.util.List;

class TernaryMultiplyTest extends TernaryLinearContract {
    @Override
    TernaryLinear prepare(List<DigitMatrix> parts, Arena arena, Team team) {
        return new TernaryMultiply(parts, arena, team);
    }
}
