package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;

/** 64 weights in 18 bytes: a float16 scale, then four two-bit codes a byte from the lowest bits up; {@code w = (code - 1) * scale}. */
final class Q2Codec extends CodedRow {
    private static final int LENGTH = 64, BYTES = 18, CODES = 2;

    Q2Codec() {
        super(GgmlType.Q2_0);
    }

    @Override
    void encode(float[] x, int from, int columns, byte[] bytes) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = largest(x, from + block, LENGTH), inverse = inverse(scale);
            putHalf(bytes, at, scale);
            for (int i = 0; i < LENGTH; i++) {
                int code = round(x[from + block + i] * inverse) + 1;
                bytes[at + CODES + i / 4] |= (byte) (code << i % 4 * 2);
            }
        }
    }

    @Override
    void decode(byte[] bytes, float[] x, int to, int columns) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = half(bytes, at);
            for (int i = 0; i < LENGTH; i++)
                x[to + block + i] = ((bytes[at + CODES + i / 4] >> i % 4 * 2 & 3) - 1) * scale;
        }
    }
}
