package dev.lutra.quant.ternary;

/** The check that bytes are trits, fast enough to run before every encoding. */
final class Trits {
    private Trits() {}

    /**
     * @param trits {@code length} bytes from 0
     * @param first index of the first byte in the row-major matrix, for the message
     * @param columns columns of the matrix
     */
    static void check(byte[] trits, int length, long first, int columns) {
        int wrong = 0;
        for (int i = 0; i < length; i++) {
            int code = trits[i] + 1;
            wrong |= code >> 2 | (code & code >> 1);
        }
        if (wrong == 0) return;
        for (int i = 0; i < length; i++) {
            if (trits[i] < -1 || trits[i] > 1)
                throw new IllegalArgumentException("row " + (first + i) / columns + ", column " + (first + i) % columns
                        + " holds " + trits[i] + ", which is no trit");
        }
    }
}
