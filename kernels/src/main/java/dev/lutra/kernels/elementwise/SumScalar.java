package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** The specification of {@link Sum}. */
public final class SumScalar implements Sum {
    @Override
    public void add(FloatMatrix x, FloatMatrix y, Team team) {
        Rows.requireSameShape(x, y);
        Rows.share(y.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int i = 0; i < y.columns(); i++) y.set(row, i, y.get(row, i) + x.get(row, i));
        });
    }

    @Override
    public void addBias(float[] bias, FloatMatrix y, Team team) {
        if (bias.length != y.columns())
            throw new IllegalArgumentException("a bias of " + bias.length + " for rows of " + y.columns());
        Rows.share(y.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int i = 0; i < y.columns(); i++) y.set(row, i, y.get(row, i) + bias[i]);
        });
    }

    @Override
    public void addScaled(FloatMatrix x, float factor, FloatMatrix y, Team team) {
        Rows.requireSameShape(x, y);
        Rows.share(y.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int i = 0; i < y.columns(); i++) y.set(row, i, y.get(row, i) + factor * x.get(row, i));
        });
    }
}
