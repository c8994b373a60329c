package dev.lutra.engine.sampling;

import java.util.Arrays;

/**
 * A selection of tokens, most likely first, equally likely ones by id. A candidate is one long that sorts this way: the
 * logit's bits, turned so that larger logits are smaller numbers, above the token's id.
 */
final class Candidates {
    /** First guess at how far below the largest logit the nucleus reaches, in nats; doubled until it does. */
    private static final float FIRST_REACH = 8;
    /** Beyond this distance from the largest logit, in nats, weights are 0 in double precision. */
    private static final float WEIGHTLESS = 750;

    private long[] keys = new long[64];
    private int size;

    int size() {
        return size;
    }

    int token(int i) {
        return (int) keys[i];
    }

    float logit(int i) {
        int ascending = ~(int) (keys[i] >> 32);
        return Float.intBitsToFloat(ascending ^ ascending >> 31 & Integer.MAX_VALUE);
    }

    private static long key(float logit, int token) {
        int bits = Float.floatToRawIntBits(logit + 0f); // -0 becomes 0, with which it ties
        int ascending = bits ^ bits >> 31 & Integer.MAX_VALUE;
        return (long) ~ascending << 32 | token;
    }

    private void reserve(int capacity) {
        if (keys.length < capacity) {
            keys = new long[Math.max(capacity, Math.min(keys.length * 4, capacity * 2))];
        }
    }

    /** Selects the {@code k} largest of the logits; {@code k} is at most their number. */
    void selectTop(float[] logits, int k) {
        reserve(k);
        for (int token = 0; token < k; token++) {
            keys[token] = key(logits[token], token);
        }
        for (int i = k / 2 - 1; i >= 0; i--) {
            sink(i, k);
        }
        size = k;
        float least = logit(0);
        for (int token = k; token < logits.length; token++) {
            if (logits[token] > least) {
                keys[0] = key(logits[token], token);
                sink(0, k);
                least = logit(0);
            }
        }
        Arrays.sort(keys, 0, k);
    }

    /** Restores the heap whose root is the least likely candidate, below index {@code i}. */
    private void sink(int i, int k) {
        long item = keys[i];
        int at = i;
        while (2 * at + 1 < k) {
            int child = 2 * at + 1;
            if (child + 1 < k && keys[child + 1] > keys[child]) {
                child++;
            }
            if (keys[child] <= item) {
                break;
            }
            keys[at] = keys[child];
            at = child;
        }
        keys[at] = item;
    }

    /** Selects the logits of at least {@code threshold}. */
    void selectFrom(float[] logits, float threshold) {
        size = 0;
        for (int token = 0; token < logits.length; token++) {
            if (logits[token] >= threshold) {
                reserveOneMore(logits.length);
                keys[size++] = key(logits[token], token);
            }
        }
        Arrays.sort(keys, 0, size);
    }

    private void reserveOneMore(int most) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, Math.min(most, size * 4));
        }
    }

    /** Selects the fewest of the largest logits whose probabilities among all of them sum to {@code topP}. */
    void selectNucleus(float[] logits, float largest, float topP) {
        double sum = 0;
        for (float logit : logits) {
            sum += weight(logit, largest);
        }
        for (float reach = FIRST_REACH; ; reach *= 2) {
            selectFrom(logits, largest - reach);
            int kept = nucleus(largest, topP * sum);
            if (kept < size || size == logits.length || reach > WEIGHTLESS) {
                size = kept;
                return;
            }
        }
    }

    /** Keeps the fewest candidates whose probabilities among the candidates sum to {@code topP}. */
    void keepNucleus(float topP) {
        float largest = logit(0);
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += weight(logit(i), largest);
        }
        size = nucleus(largest, topP * sum);
    }

    /** How many candidates it takes to reach {@code enough}, at most all of them. */
    private int nucleus(float largest, double enough) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += weight(logit(i), largest);
            if (sum >= enough) {
                return i + 1;
            }
        }
        return size;
    }

    /** Keeps the candidates of at least {@code threshold}, and always the first. */
    void keepFrom(float threshold) {
        int kept = 1;
        while (kept < size && logit(kept) >= threshold) {
            kept++;
        }
        size = kept;
    }

    static double weight(float logit, float largest) {
        return StrictMath.exp((double) logit - largest);
    }
}
