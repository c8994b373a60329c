package dev.lutra.tools.dummy;

/**
 * Weights that depend on nothing but seed, tensor name, row and column: any part can be made at any time, by any thread. Each is a
 * bfloat16 number, so that a checkpoint and a GGUF of one seed hold the same model.
 */
final class RandomWeights {
    /** Standard deviation of the sum of four random bytes, and that sum's mean. */
    private static final float BYTES_DEVIATION = (float) Math.sqrt(4 * (256.0 * 256 - 1) / 12);

    private static final int BYTES_MEAN = 510;

    private final long key;
    private final float deviation;
    private final boolean ternary;

    /**
     * @param deviation standard deviation of the weights
     * @param ternary whether every weight is -s, 0 or s, each as likely
     */
    RandomWeights(long seed, String tensor, float deviation, boolean ternary) {
        long hash = seed;
        for (int i = 0; i < tensor.length(); i++) hash = mix(hash ^ tensor.charAt(i));
        this.key = hash;
        this.deviation = ternary ? toBf16(deviation * (float) Math.sqrt(1.5)) : deviation;
        this.ternary = ternary;
    }

    /** Makes {@code columns} weights of {@code row}, into {@code into} from {@code at} on. */
    void row(long row, float[] into, int at, int columns) {
        int rowKey = (int) mix(key ^ row);
        if (ternary) ternaryRow(rowKey, into, at, columns);
        else normalRow(rowKey, into, at, columns);
    }

    // Both loops hash a counter with nothing but 32-bit arithmetic, which the compiler turns into vector instructions.

    private void ternaryRow(int rowKey, float[] into, int at, int columns) {
        float scale = deviation;
        for (int i = 0; i < columns; i++) into[at + i] = scale * (((hash(rowKey, i) >>> 16) * 3 >>> 16) - 1);
    }

    private void normalRow(int rowKey, float[] into, int at, int columns) {
        float factor = deviation / BYTES_DEVIATION;
        for (int i = 0; i < columns; i++) {
            int hash = hash(rowKey, i);
            int sum = (hash & 0xFF) + (hash >>> 8 & 0xFF) + (hash >>> 16 & 0xFF) + (hash >>> 24);
            into[at + i] = toBf16(factor * (sum - BYTES_MEAN));
        }
    }

    /** Rounds to the nearest bfloat16, ties to even. */
    private static float toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF_0000);
    }

    /** Constants by Chris Wellons' hash-prospector ("lowbias32"). */
    private static int hash(int rowKey, int column) {
        int x = rowKey + column * 0x9E3779B9;
        x = (x ^ x >>> 16) * 0x7FEB352D;
        x = (x ^ x >>> 15) * 0x846CA68B;
        return x ^ x >>> 16;
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
