package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;

/**
 * MXFP4 of the OCP microscaling formats: 32 weights 2^(e - 128) * value(q), a byte e and the nibbles of q. The values are
 * E2M1 floats doubled, so that they are integers; code 8 is the negative zero.
 */
final class Mxfp4Codec extends BlockCodec {
    private static final int LENGTH = 32;
    private static final int NIBBLES = 1;
    private static final int EXPONENT_BIAS = 127;
    private static final byte[] VALUES = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    Mxfp4Codec() {
        super(GgmlType.MXFP4);
    }

    @Override
    BlockEncoder plainEncoder(int columns) {
        byte[] codes = new byte[LENGTH];
        return (x, at, importance, importanceAt, block) -> {
            int exponent = exponent(Math.abs(Scales.extreme(x, at, LENGTH)));
            float scale = scale(exponent);
            block[0] = (byte) exponent;
            for (int i = 0; i < LENGTH; i++) codes[i] = nearest(x[at + i], scale);
            Nibbles.pack(codes, 0, LENGTH, block, NIBBLES);
        };
    }

    /**
     * The exponent that puts the largest weight on code 6 or 7. The logarithm is rounded to float before it is floored, as
     * ggml's log2f does: a weight just below a power of two counts as that power. Exponents below zero, which ggml lets wrap
     * around, become zero.
     */
    private static int exponent(float largest) {
        if (largest == 0) return 0;
        float log2 = (float) (Math.log(largest) / Math.log(2));
        return Math.max(0, (int) Math.floor(log2) - 2 + EXPONENT_BIAS);
    }

    /** 2^(exponent - 128), subnormal for the two smallest. */
    private static float scale(int exponent) {
        return Float.intBitsToFloat(exponent < 2 ? 0x00200000 << exponent : exponent - 1 << 23);
    }

    /** The code of least error among those of x's sign, the smallest of equals. */
    private static byte nearest(float x, float scale) {
        int negative = x < 0 ? 8 : 0;
        int best = 0;
        float bestError = Math.abs(x);
        for (int code = negative + 1; code < negative + 8; code++) {
            float error = Math.abs(VALUES[code] * scale - x);
            if (error < bestError) {
                best = code;
                bestError = error;
            }
        }
        return (byte) best;
    }

    @Override
    void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        float scale = scale(block[0] & 0xFF);
        Nibbles.unpack(block, NIBBLES, codes, 0, LENGTH);
        for (int i = 0; i < LENGTH; i++) row[to + i] = VALUES[codes[i]] * scale;
    }
}
