package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;

/** 256 trits in 66 bytes: two halves of 32 bytes, each byte four codes {@code trit + 1} of weights 32 apart; a float16 scale. */
final class Tq2Codec extends CodedRow {
    private static final int LENGTH = 256, BYTES = 66, SCALE = 64, APART = 32;

    Tq2Codec() {
        super(GgmlType.TQ2_0);
    }

    @Override
    void encode(float[] x, int from, int columns, byte[] bytes) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = largest(x, from + block, LENGTH), inverse = inverse(scale);
            for (int i = 0; i < LENGTH; i++) {
                int code = round(x[from + block + i] * inverse) + 1;
                bytes[at + i / 128 * APART + i % APART] |= (byte) (code << i % 128 / APART * 2);
            }
            putHalf(bytes, at + SCALE, scale);
        }
    }

    @Override
    void decode(byte[] bytes, float[] x, int to, int columns) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = half(bytes, at + SCALE);
            for (int i = 0; i < LENGTH; i++) {
                int code = bytes[at + i / 128 * APART + i % APART] >> i % 128 / APART * 2 & 3;
                x[to + block + i] = (code - 1) * scale;
            }
        }
    }
}
