package dev.lutra.tools.calibrate;

import dev.lutra.engine.evaluation.Divergence;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/** How far the predictions of changed hidden states are from those of the original ones. */
final class StateDivergence {
    private final LayerMath math;
    private final float[] norm;
    private final Matrix head;

    /** @param head [vocabulary][hidden] */
    StateDivergence(LayerMath math, float[] norm, Matrix head) {
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
                        .mapToDouble(t -> Divergence.ofLogits(
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
}
