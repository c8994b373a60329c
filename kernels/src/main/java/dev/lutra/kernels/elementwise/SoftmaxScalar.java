package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** The specification of {@link Softmax}, in double. */
public final class SoftmaxScalar implements Softmax {
    @Override
    public void apply(FloatMatrix x, Team team) {
        Rows.share(x.rows(), team, (from, to) -> {
            double[] powers = new double[x.columns()];
            for (int row = from; row < to; row++) normalize(x, row, powers);
        });
    }

    private static void normalize(FloatMatrix x, int row, double[] powers) {
        float maximum = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < x.columns(); i++) maximum = Math.max(maximum, x.get(row, i));
        double sum = 0;
        for (int i = 0; i < x.columns(); i++) sum += powers[i] = Math.exp((double) x.get(row, i) - maximum);
        for (int i = 0; i < x.columns(); i++) x.set(row, i, (float) (powers[i] / sum));
    }
}
