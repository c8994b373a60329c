package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** The specification of {@link Gate}, with the exponential in double. */
public final class GateScalar implements Gate {
    @Override
    public void apply(Activation activation, FloatMatrix gate, FloatMatrix up, FloatMatrix y, Team team) {
        Rows.requireSameShape(gate, up);
        Rows.requireSameShape(gate, y);
        Rows.share(gate.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int i = 0; i < gate.columns(); i++)
                    y.set(row, i, value(activation, gate.get(row, i)) * up.get(row, i));
        });
    }

    static float value(Activation activation, float g) {
        return switch (activation) {
            case SILU -> (float) (g / (1 + Math.exp(-g)));
            case SQUARED_RELU -> Math.max(g, 0) * Math.max(g, 0);
            case SIGMOID -> (float) (1 / (1 + Math.exp(-g)));
        };
    }
}
