package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;

/**
 * ik_llama.cpp's two-bit trits: a float32 scale before each row, then 64 trits in 16 bytes, byte j holding {@code trit + 1} of
 * weights j, j + 16, j + 32 and j + 48 from the lowest bits up.
 */
final class Iq2BnCodec extends CodedRow {
    private static final int LENGTH = 64, BYTES = 16, PREFIX = 4;

    Iq2BnCodec() {
        super(GgmlType.IQ2_BN);
    }

    @Override
    void encode(float[] x, int from, int columns, byte[] bytes) {
        float scale = largest(x, from, columns);
        int bits = Float.floatToRawIntBits(scale);
        for (int i = 0; i < PREFIX; i++) bytes[i] = (byte) (bits >>> 8 * i);
        for (int block = 0, at = PREFIX; block < columns; block += LENGTH, at += BYTES)
            for (int i = 0; i < LENGTH; i++)
                bytes[at + i % BYTES] |= (byte) (RowScaled.code(x[from + block + i], scale) << i / BYTES * 2);
    }

    @Override
    void decode(byte[] bytes, float[] x, int to, int columns) {
        int bits = 0;
        for (int i = 0; i < PREFIX; i++) bits |= (bytes[i] & 0xFF) << 8 * i;
        float scale = Float.intBitsToFloat(bits);
        for (int block = 0, at = PREFIX; block < columns; block += LENGTH, at += BYTES)
            for (int i = 0; i < LENGTH; i++)
                x[to + block + i] = ((bytes[at + i % BYTES] >> i / BYTES * 2 & 3) - 1) * scale;
    }
}
