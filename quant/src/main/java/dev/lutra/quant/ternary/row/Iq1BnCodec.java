package dev.lutra.quant.ternary.row;

import dev.lutra.gguf.type.GgmlType;

/**
 * ik_llama.cpp's trits at 1.625 bits: a float16 scale before each row, then 64 trits in 13 bytes. Of every 16 weights the first
 * 15 fill three bytes of {@link Fifths}, least significant first; the sixteenth ones of the four share the last byte.
 */
final class Iq1BnCodec extends CodedRow {
    private static final int LENGTH = 64, BYTES = 13, PREFIX = 2, EXTRA = 12;
    private static final int[] POWERS = {1, 3, 9, 27, 81};

    Iq1BnCodec() {
        super(GgmlType.IQ1_BN);
    }

    /** The byte of a block that holds weight {@code i}. */
    private static int byteOf(int i) {
        return i % 16 == 15 ? EXTRA : i / 16 * 3 + i % 16 / 5;
    }

    /** The power of three under which it holds it. */
    private static int powerOf(int i) {
        return i % 16 == 15 ? i / 16 : i % 16 % 5;
    }

    @Override
    void encode(float[] x, int from, int columns, byte[] bytes) {
        float scale = largest(x, from, columns);
        putHalf(bytes, 0, scale);
        int[] values = new int[BYTES];
        for (int block = 0, at = PREFIX; block < columns; block += LENGTH, at += BYTES) {
            for (int i = 0; i < BYTES; i++) values[i] = 0;
            for (int i = 0; i < LENGTH; i++)
                values[byteOf(i)] += POWERS[powerOf(i)] * RowScaled.code(x[from + block + i], scale);
            for (int i = 0; i < BYTES; i++) bytes[at + i] = Fifths.pack(values[i]);
        }
    }

    @Override
    void decode(byte[] bytes, float[] x, int to, int columns) {
        float scale = half(bytes, 0);
        for (int block = 0, at = PREFIX; block < columns; block += LENGTH, at += BYTES)
            for (int i = 0; i < LENGTH; i++)
                x[to + block + i] = (Fifths.digit(bytes[at + byteOf(i)], 4 - powerOf(i)) - 1) * scale;
    }
}
