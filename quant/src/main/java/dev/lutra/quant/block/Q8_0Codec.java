package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import java.util.Arrays;

/** 32 weights: a float16 scale max|w| / 127, then 32 signed bytes. */
final class Q8_0Codec extends BlockCodec {
    private static final int LENGTH = 32;
    private static final int CODES = 2;

    Q8_0Codec() {
        super(GgmlType.Q8_0);
    }

    @Override
    BlockEncoder plainEncoder(int columns) {
        return (x, at, importance, importanceAt, block) -> {
            float largest = 0;
            for (int i = 0; i < LENGTH; i++) largest = Math.max(largest, Math.abs(x[at + i]));
            float scale = largest / 127;
            Half.put(block, 0, scale);
            if (!Scales.hasInverse(scale)) {
                Arrays.fill(block, CODES, CODES + LENGTH, (byte) 0);
                return;
            }
            float inverse = 1 / scale;
            for (int i = 0; i < LENGTH; i++) block[CODES + i] = (byte) Rounding.nearestAway(x[at + i] * inverse);
        };
    }

    @Override
    void decodeBlock(byte[] block, byte[] codes, float[] row, int to) {
        float scale = Half.get(block, 0);
        for (int i = 0; i < LENGTH; i++) row[to + i] = block[CODES + i] * scale;
    }
}
