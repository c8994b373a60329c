package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;

/** 32 weights: a float16 scale max|w| / 127, then 32 signed bytes. */
final class Q8_0Codec extends BlockCodec {
    private static final int LENGTH = 32;
    private static final int CODES = 2;

    Q8_0Codec() {
        super(GgmlType.Q8_0);
    }

    @Override
    BlockEncoder encoder(float[] row, int from, int columns, boolean weighted) {
        return (x, at, importance, importanceAt, block) -> encodeBlock(x, at, block);
    }

    private static void encodeBlock(float[] x, int at, byte[] block) {
        float largest = 0;
        for (int i = 0; i < LENGTH; i++) largest = Math.max(largest, Math.abs(x[at + i]));
        float scale = largest / 127;
        float inverse = scale != 0 ? 1 / scale : 0;
        Half.put(block, 0, scale);
        for (int i = 0; i < LENGTH; i++) block[CODES + i] = (byte) Rounding.nearestAway(x[at + i] * inverse);
    }

    @Override
    void decodeBlock(byte[] block, float[] row, int to) {
        float scale = Half.get(block, 0);
        for (int i = 0; i < LENGTH; i++) row[to + i] = block[CODES + i] * scale;
    }
}
