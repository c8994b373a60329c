package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;

/** 128 weights in 18 bytes: the mean of |w| as float16, then sign bits from the lowest up, 1 for weights that are not negative. */
final class Q1Codec extends CodedRow {
    private static final int LENGTH = 128, BYTES = 18, SIGNS = 2;

    Q1Codec() {
        super(GgmlType.Q1_0);
    }

    @Override
    void encode(float[] x, int from, int columns, byte[] bytes) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float sum = 0;
            for (int i = 0; i < LENGTH; i++) {
                float weight = x[from + block + i];
                sum += Math.abs(weight);
                if (weight >= 0) bytes[at + SIGNS + i / 8] |= (byte) (1 << i % 8);
            }
            putHalf(bytes, at, sum / LENGTH);
        }
    }

    @Override
    void decode(byte[] bytes, float[] x, int to, int columns) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = half(bytes, at);
            for (int i = 0; i < LENGTH; i++)
                x[to + block + i] = (bytes[at + SIGNS + i / 8] >> i % 8 & 1) == 1 ? scale : -scale;
        }
    }
}
