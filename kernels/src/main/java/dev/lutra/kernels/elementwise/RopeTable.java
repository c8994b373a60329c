package dev.lutra.kernels.elementwise;

/**
 * Cosines and sines of rotary position embedding.
 *
 * @param pairs rotated pairs of a head: half of the rotated dimensions
 * @param cos {@code [positions][pairs]}
 * @param sin {@code [positions][pairs]}
 */
public record RopeTable(int pairs, float[] cos, float[] sin) {
    /**
     * Angles {@code position * theta^(-2i / dimensions)} for {@code positions} positions. The frequency and the angle are
     * rounded to float32, as in the reference implementation of Qwen2, so that long contexts agree with it.
     */
    public static RopeTable of(int dimensions, double theta, int positions) {
        float[] frequencies = new float[dimensions / 2];
        for (int i = 0; i < frequencies.length; i++)
            frequencies[i] = 1 / (float) Math.pow(theta, (float) (2 * i) / dimensions);
        return of(frequencies, 1, positions);
    }

    /**
     * Angles {@code position * frequencies[i]}, for models that scale frequencies.
     *
     * @param magnitude factor of every cosine and sine (YaRN's attention factor), 1 without scaling
     */
    public static RopeTable of(float[] frequencies, float magnitude, int positions) {
        int pairs = frequencies.length;
        float[] cos = new float[Math.multiplyExact(positions, pairs)], sin = new float[cos.length];
        for (int position = 0; position < positions; position++)
            for (int i = 0; i < pairs; i++) {
                float angle = position * frequencies[i];
                cos[position * pairs + i] = (float) Math.cos(angle) * magnitude;
                sin[position * pairs + i] = (float) Math.sin(angle) * magnitude;
            }
        return new RopeTable(pairs, cos, sin);
    }

    /** Positions that the table covers. */
    public int positions() {
        return pairs == 0 ? Integer.MAX_VALUE : cos.length / pairs;
    }
}
