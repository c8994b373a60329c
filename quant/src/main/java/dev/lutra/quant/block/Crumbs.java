package dev.lutra.quant.block;

/** Two-bit codes of 256 weights in 64 bytes: in each half of 128, weights i, i + 32, i + 64 and i + 96 share a byte. */
final class Crumbs {
    private Crumbs() {}

    /** Packs bits {@code shift} and {@code shift + 1} of the 256 codes from {@code first} on. */
    static void pack(byte[] codes, int first, int shift, byte[] block, int at) {
        for (int half = 0; half < 2; half++) {
            int from = first + 128 * half, to = at + 32 * half;
            for (int i = 0; i < 32; i++)
                block[to + i] = (byte) ((codes[from + i] >> shift & 3)
                        | (codes[from + 32 + i] >> shift & 3) << 2
                        | (codes[from + 64 + i] >> shift & 3) << 4
                        | (codes[from + 96 + i] >> shift & 3) << 6);
        }
    }

    /** Adds the crumbs to 256 codes at bits {@code shift} and {@code shift + 1}, which are 0 until then. */
    static void unpack(byte[] block, int at, int shift, byte[] codes) {
        for (int quarter = 0; quarter < 8; quarter++) {
            int from = at + quarter / 4 * 32, to = 32 * quarter, down = quarter % 4 * 2;
            for (int i = 0; i < 32; i++) codes[to + i] |= (byte) ((block[from + i] >> down & 3) << shift);
        }
    }
}
