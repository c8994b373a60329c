package dev.lutra.kernels.attention;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.util.Arrays;

/** The specification of {@link Attention}: all scores, their softmax, the weighted sum, in double. */
public final class AttentionScalar implements Attention {
    @Override
    public void attend(FloatMatrix q, int firstPosition, KvCache cache, float scale, FloatMatrix out, Team team) {
        Attention.checkShapes(q, firstPosition, cache, out);
        int heads = q.columns() / cache.headLength(), items = q.rows() * heads;
        team.run((worker, workers) -> {
            Head head = new Head(cache, scale, firstPosition + q.rows());
            for (int item = worker; item < items; item += workers) {
                int token = item / heads, index = item % heads;
                head.attend(q, token, index, index / (heads / cache.heads()), firstPosition + token + 1, out);
            }
        });
    }

    /** One query head at a time, with room for its scores. */
    private static final class Head {
        private final KvCache cache;
        private final float scale;
        private final double[] weights;
        private final float[] row;
        private final double[] sum;

        Head(KvCache cache, float scale, int positions) {
            this.cache = cache;
            this.scale = scale;
            weights = new double[positions];
            row = new float[cache.headLength()];
            sum = new double[cache.headLength()];
        }

        void attend(FloatMatrix q, int token, int head, int kvHead, int positions, FloatMatrix out) {
            int from = head * row.length;
            double maximum = Double.NEGATIVE_INFINITY, total = 0;
            for (int p = 0; p < positions; p++) {
                cache.decode(cache.keys(), cache.offset(kvHead, p), row);
                double score = 0;
                for (int i = 0; i < row.length; i++) score += (double) row[i] * q.get(token, from + i);
                weights[p] = score * scale;
                maximum = Math.max(maximum, weights[p]);
            }
            for (int p = 0; p < positions; p++) total += weights[p] = Math.exp(weights[p] - maximum);
            Arrays.fill(sum, 0);
            for (int p = 0; p < positions; p++) {
                cache.decode(cache.values(), cache.offset(kvHead, p), row);
                for (int i = 0; i < row.length; i++) sum[i] += weights[p] * row[i];
            }
            for (int i = 0; i < row.length; i++) out.set(token, from + i, (float) (sum[i] / total));
        }
    }
}
