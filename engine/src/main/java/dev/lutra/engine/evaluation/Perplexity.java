package dev.lutra.engine.evaluation;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import java.util.Arrays;

/**
 * Scores a text in chunks: each chunk is read alone, and every position but its first is predicted from those before it.
 */
public final class Perplexity {
    /** Positions whose logits are made at once: with 150 thousand tokens, 20 MB. */
    private static final int SLICE = 32;

    private final Transformer transformer;
    private final CacheType cacheType;
    private final int context;

    /** @param context tokens of a chunk, 2 or more */
    public Perplexity(Transformer transformer, CacheType cacheType, int context) {
        if (context < 2) throw new IllegalArgumentException("a chunk needs 2 tokens or more, not " + context);
        this.transformer = transformer;
        this.cacheType = cacheType;
        this.context = context;
    }

    /** The sum over predicted positions so far: what is printed after each chunk, and at the end. */
    public record Score(double nllSum, long tokens) {
        /** Mean negative log-likelihood of a token, in nats. */
        public double nll() {
            return nllSum / tokens;
        }

        /** {@code exp(nll)}. */
        public double perplexity() {
            return Math.exp(nll());
        }
    }

    /** Follows the work. */
    public interface Listener {
        /** The log-probabilities that predict {@code token}, valid during the call. */
        void predicted(int token, float[] logProbabilities);

        /** After every chunk; {@code chunk} counts from 1. */
        void chunk(int chunk, int chunks, Score soFar);
    }

    /** Chunks that {@code tokens} tokens make. A rest that fills none is not scored. */
    public int chunks(int tokens) {
        return tokens / context;
    }

    /**
     * Scores the first {@code chunks} chunks of {@code ids}.
     *
     * @throws IllegalArgumentException when the text is shorter than that
     */
    public Score score(int[] ids, int chunks, Listener listener) {
        if (chunks < 1 || chunks > chunks(ids.length))
            throw new IllegalArgumentException(ids.length + " tokens do not fill " + Math.max(chunks, 1) + " chunks of "
                    + context + "; give more text or a smaller -c");
        float[][] rows =
                new float[Math.min(SLICE, context)][transformer.config().vocabulary()];
        double sum = 0;
        long tokens = 0;
        try (Sequence sequence = transformer.newSequence(cacheType, context)) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                sequence.truncate(0);
                int[] part = Arrays.copyOfRange(ids, chunk * context, (chunk + 1) * context);
                for (int at = 0; at < context; at += Transformer.BATCH) {
                    int batch = Math.min(Transformer.BATCH, context - at);
                    FloatMatrix hidden = transformer.forward(part, at, batch, sequence);
                    // The last position of the chunk predicts nothing that is known.
                    int predicting = at + batch == context ? batch - 1 : batch;
                    for (int from = 0; from < predicting; from += SLICE) {
                        int count = Math.min(SLICE, predicting - from);
                        logProbabilities(transformer.logits(hidden.rows(from, count)), rows);
                        for (int i = 0; i < count; i++) {
                            int token = part[at + from + i + 1];
                            sum -= rows[i][token];
                            tokens++;
                            listener.predicted(token, rows[i]);
                        }
                    }
                }
                listener.chunk(chunk + 1, chunks, new Score(sum, tokens));
            }
        }
        return new Score(sum, tokens);
    }

    private void logProbabilities(FloatMatrix logits, float[][] rows) {
        transformer.kernels().team().run((worker, workers) -> {
            Share share = Share.of(logits.rows(), 1, worker, workers);
            for (int i = share.from(); i < share.to(); i++) LogSoftmax.of(logits, i, rows[i]);
        });
    }
}
