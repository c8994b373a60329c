package dev.lutra.engine.sampling;

import dev.lutra.kernels.memory.FloatMatrix;
import java.util.random.RandomGenerator;

/**
 * Chooses tokens for one sequence. Stages, in llama.cpp's order: penalties for recent tokens, top-k, top-p, min-p,
 * temperature, a draw. The same parameters, tokens and logits give the same choices. For one thread.
 */
public final class Sampler {
    private final SamplingParameters parameters;
    private final RandomGenerator random;
    private final RecentTokens recent;
    private final Candidates candidates = new Candidates();
    /** a copy of the logits, to be penalized */
    private final float[] work;

    private double[] weights = new double[64];

    /** @param vocabulary number of logits */
    public Sampler(SamplingParameters parameters, int vocabulary) {
        this.parameters = parameters;
        this.random = new Xoshiro256(parameters.seed());
        this.recent = new RecentTokens(parameters, vocabulary);
        this.work = new float[vocabulary];
    }

    public SamplingParameters parameters() {
        return parameters;
    }

    /** Notes a token of the sequence, from the prompt or just chosen: penalties go by these. */
    public void accept(int token) {
        recent.add(token);
    }

    /** Forgets the tokens, not the place in the random sequence. */
    public void clear() {
        recent.clear();
    }

    /** Chooses from one row of logits. */
    public int sample(FloatMatrix logits, int row) {
        requireLength(logits.columns());
        logits.copyRow(row, work, 0);
        return choose();
    }

    /**
     * Chooses from the logits, which stay as they are.
     *
     * @throws IllegalArgumentException when a logit is NaN or positive infinity, or all are negative infinity
     */
    public int sample(float[] logits) {
        requireLength(logits.length);
        System.arraycopy(logits, 0, work, 0, work.length);
        return choose();
    }

    private void requireLength(int length) {
        if (length != work.length) {
            throw new IllegalArgumentException(length + " logits for a vocabulary of " + work.length);
        }
    }

    private int choose() {
        if (parameters.penalizes()) {
            recent.penalize(work);
        }
        int best = best();
        if (parameters.temperature() == 0 || parameters.topK() == 1) {
            return best;
        }
        float largest = work[best];
        // min-p cuts at a distance from the largest logit whatever top-p left, so it may as well cut first
        float leastLogit =
                parameters.minP() > 0 ? largest + (float) StrictMath.log(parameters.minP()) : Float.NEGATIVE_INFINITY;
        boolean nucleus = parameters.topP() < 1;
        if (parameters.topK() > 0 && parameters.topK() < work.length) {
            candidates.selectTop(work, parameters.topK());
            if (nucleus) {
                candidates.keepNucleus(parameters.topP());
            }
        } else if (nucleus) {
            candidates.selectNucleus(work, largest, parameters.topP());
        } else if (parameters.minP() > 0) {
            candidates.selectFrom(work, leastLogit);
        } else {
            return drawFromAll(largest);
        }
        candidates.keepFrom(leastLogit);
        return draw(largest);
    }

    /** The first of the largest logits. */
    private int best() {
        int best = 0;
        for (int token = 0; token < work.length; token++) {
            float logit = work[token];
            if (logit > work[best]) {
                best = token;
            } else if (Float.isNaN(logit)) {
                throw new IllegalArgumentException(
                        "the logit of token " + token + " is NaN: the model's weights or its input are broken");
            }
        }
        if (Float.isInfinite(work[best])) {
            throw new IllegalArgumentException("the largest logit, of token " + best + ", is " + work[best]
                    + ": the model's weights or its input are broken");
        }
        return best;
    }

    private int draw(float largest) {
        int n = candidates.size();
        reserve(n);
        double sum = 0;
        for (int i = 0; i < n; i++) {
            weights[i] = warmed(candidates.logit(i), largest);
            sum += weights[i];
        }
        return candidates.token(drawIndex(n, sum));
    }

    private int drawFromAll(float largest) {
        int n = work.length;
        reserve(n);
        double sum = 0;
        for (int token = 0; token < n; token++) {
            weights[token] = warmed(work[token], largest);
            sum += weights[token];
        }
        return drawIndex(n, sum);
    }

    private void reserve(int n) {
        if (weights.length < n) {
            weights = new double[Math.min(work.length, 2 * n)];
        }
    }

    private double warmed(float logit, float largest) {
        return StrictMath.exp(((double) logit - largest) / parameters.temperature());
    }

    private int drawIndex(int n, double sum) {
        double left = random.nextDouble() * sum;
        int last = 0;
        for (int i = 0; i < n; i++) {
            if (weights[i] > 0) {
                last = i;
                left -= weights[i];
                if (left < 0) {
                    return i;
                }
            }
        }
        return last; // rounding can leave a trace after the last weight
    }
}
