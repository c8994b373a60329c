package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;

/**
 * 256 trits in 54 bytes: 48 bytes of five trits each, 4 bytes of four, a float16 scale. A byte's trits lie 32 apart in the first
 * 160 weights, 16 apart in the next 80 and 4 apart in the last 16, the first of them most significant.
 */
final class Tq1Codec extends CodedRow {
    private static final int LENGTH = 256, BYTES = 54, SCALE = 52;

    Tq1Codec() {
        super(GgmlType.TQ1_0);
    }

    /** A run of bytes whose trits lie {@code bytes} apart. */
    private record Part(int firstByte, int bytes, int firstWeight, int trits) {}

    private static final Part[] PARTS = {new Part(0, 32, 0, 5), new Part(32, 16, 160, 5), new Part(48, 4, 240, 4)};

    @Override
    void encode(float[] x, int from, int columns, byte[] bytes) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = largest(x, from + block, LENGTH), inverse = inverse(scale);
            for (Part part : PARTS) {
                for (int i = 0; i < part.bytes; i++) {
                    int value = 0;
                    for (int n = 0; n < 5; n++) {
                        int code = n < part.trits
                                ? round(x[from + block + part.firstWeight + n * part.bytes + i] * inverse) + 1
                                : 0;
                        value = 3 * value + code;
                    }
                    bytes[at + part.firstByte + i] = Fifths.pack(value);
                }
            }
            putHalf(bytes, at + SCALE, scale);
        }
    }

    @Override
    void decode(byte[] bytes, float[] x, int to, int columns) {
        for (int block = 0, at = 0; block < columns; block += LENGTH, at += BYTES) {
            float scale = half(bytes, at + SCALE);
            for (Part part : PARTS)
                for (int n = 0; n < part.trits; n++)
                    for (int i = 0; i < part.bytes; i++)
                        x[to + block + part.firstWeight + n * part.bytes + i] =
                                (Fifths.digit(bytes[at + part.firstByte + i], n) - 1) * scale;
        }
    }
}
