package dev.lutra.quant.ternary.row;

/**
 * Five base-3 digits in a byte as a binary fraction: {@code ceil(v * 256 / 243)}, so that a digit comes out of the top after
 * multiplications by 3 modulo 256, without divisions.
 */
final class Fifths {
    private static final int[] POWERS = {1, 3, 9, 27, 81};

    private Fifths() {}

    /** The byte of {@code value}, 0 to 242. */
    static byte pack(int value) {
        return (byte) ((value * 256 + 242) / 243);
    }

    /** Digit 0 to 2 at {@code place}, 0 for the most significant of the five. */
    static int digit(byte packed, int place) {
        return ((packed & 0xFF) * POWERS[place] & 0xFF) * 3 >> 8;
    }
}
