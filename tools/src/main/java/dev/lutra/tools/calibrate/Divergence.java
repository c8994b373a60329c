package dev.lutra.tools.calibrate;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/** How far the predictions of changed hidden states are from those of the original ones. */
final class Divergence {
    private final LayerMath math;
    private final float[] norm;
    private final Matrix head;

    /** @param head [vocabulary][hidden] */
    Divergence(LayerMath math, float[] norm, Matrix head) {
        this.math = math;
        this.norm = norm;
        this.head = head;
    }

    /**
     * Mean KL divergence in nats per token, from {@code original} to {@code changed}; the last token of a text, which predicts
     * nothing that is known, is left out.
     *
     * @param original states behind the last layer, [tokens][hidden]
     */
    double mean(FloatMatrix original, FloatMatrix changed, Texts texts) {
        double sum = 0;
        int hidden = original.columns();
        try (Arena arena = Arena.ofShared()) {
            int most = texts.length();
            FloatMatrix x = FloatMatrix.allocate(arena, most, hidden);
            FloatMatrix p = FloatMatrix.allocate(arena, most, head.rows());
            FloatMatrix q = FloatMatrix.allocate(arena, most, head.rows());
            for (int text = 0; text < texts.count(); text++) {
                logits(original.rows(text * most, most), x, p);
                logits(changed.rows(text * most, most), x, q);
                double[] byToken = IntStream.range(0, most - 1)
                        .parallel()
                        .mapToDouble(t -> divergence(
                                LayerMath.view(p).row(t), LayerMath.view(q).row(t)))
                        .toArray();
                // Added up in order: a parallel sum would depend on how many threads shared it.
                for (double divergence : byToken) sum += divergence;
            }
        }
        return sum / ((double) texts.count() * (texts.length() - 1));
    }

    private void logits(FloatMatrix states, FloatMatrix x, FloatMatrix logits) {
        math.normalize(states, norm, x);
        Blas.multiplyTransposed(1, LayerMath.view(x), head, 0, LayerMath.view(logits));
    }

    private static double divergence(float[] p, float[] q) {
        double normP = logSum(p), normQ = logSum(q), sum = 0;
        for (int i = 0; i < p.length; i++) {
            double log = p[i] - normP;
            sum += Math.exp(log) * (log - (q[i] - normQ));
        }
        return sum;
    }

    private static double logSum(float[] logits) {
        float largest = logits[0];
        for (float logit : logits) largest = Math.max(largest, logit);
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit - largest);
        return largest + Math.log(sum);
    }
}
