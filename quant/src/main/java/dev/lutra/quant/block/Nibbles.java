package dev.lutra.quant.block;

/** Codes of four or five bits in the order that ggml's SIMD code likes: weight i and weight i + n/2 share a byte. */
final class Nibbles {
    private Nibbles() {}

    /** Packs the low four bits of {@code n} codes into n / 2 bytes. */
    static void pack(byte[] codes, int from, int n, byte[] block, int at) {
        int half = n / 2;
        for (int i = 0; i < half; i++) block[at + i] = (byte) (codes[from + i] & 0xF | codes[from + half + i] << 4);
    }

    static void unpack(byte[] block, int at, byte[] codes, int to, int n) {
        int half = n / 2;
        for (int i = 0; i < half; i++) {
            codes[to + i] = (byte) (block[at + i] & 0xF);
            codes[to + half + i] = (byte) (block[at + i] >> 4 & 0xF);
        }
    }

    /** Packs bit 4 of 32 codes into a little-endian word, bit i that of weight i. */
    static void packFifthBits(byte[] codes, byte[] block, int at) {
        for (int b = 0; b < 4; b++) {
            int bits = 0;
            for (int i = 0; i < 8; i++) bits |= (codes[8 * b + i] >> 4 & 1) << i;
            block[at + b] = (byte) bits;
        }
    }

    /** Adds bit 4 to 32 codes. */
    static void unpackFifthBits(byte[] block, int at, byte[] codes) {
        for (int b = 0; b < 4; b++) {
            int bits = block[at + b];
            for (int i = 0; i < 8; i++) codes[8 * b + i] |= (byte) ((bits >> i & 1) << 4);
        }
    }
}
