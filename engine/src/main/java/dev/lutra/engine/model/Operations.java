package dev.lutra.engine.model;

import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.attention.Attention;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.RmsNorm;
import dev.lutra.kernels.elementwise.Rope;
import dev.lutra.kernels.elementwise.Sum;
import dev.lutra.kernels.team.Team;

/** What a layer computes with, besides its projections: one implementation of each operation, and the team that runs them. */
record Operations(RmsNorm norm, Rope rope, Attention attention, Gate gate, Sum sum, Team team) {
    static Operations of(Kernels kernels) {
        return new Operations(
                kernels.rmsNorm(), kernels.rope(), kernels.attention(), kernels.gate(), kernels.sum(), kernels.team());
    }
}
