package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/** The specification of {@link RmsNorm}: the sum of squares in double. */
public final class RmsNormScalar implements RmsNorm {
    @Override
    public void apply(FloatMatrix x, float[] weight, float epsilon, FloatMatrix y, Team team) {
        RmsNorm.checkShapes(x, weight, y);
        Rows.share(x.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int part = 0; part < x.columns(); part += weight.length)
                    normalize(x, row, part, weight, epsilon, y);
        });
    }

    private static void normalize(FloatMatrix x, int row, int part, float[] weight, float epsilon, FloatMatrix y) {
        double squares = 0;
        for (int i = 0; i < weight.length; i++) squares += (double) x.get(row, part + i) * x.get(row, part + i);
        float factor = (float) (1 / Math.sqrt(squares / weight.length + epsilon));
        for (int i = 0; i < weight.length; i++) y.set(row, part + i, x.get(row, part + i) * factor * weight[i]);
    }
}
