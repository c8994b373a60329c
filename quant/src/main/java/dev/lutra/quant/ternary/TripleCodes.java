package dev.lutra.quant.ternary;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * TL2's coding of two neighbouring triples of trits: with {@code v = 9a + 3b + c}, nibbles {@code |v|} in one byte and a sign
 * bit each in another place. {@code |v|} is at most 13, and the sign of 0 is 0.
 */
final class TripleCodes {
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Largest valid nibble. */
    static final int LAST = 13;

    /** Bytes that {@link #decode} may write beyond the six trits. */
    static final int SLACK = 2;

    private static final long INVALID = Long.MIN_VALUE;

    /** By {@code signs << 8 | byte}, signs as in {@link #decode}: six trits as little-endian bytes, or {@link #INVALID}. */
    private static final long[] TRITS = new long[6 << 8];

    static {
        for (int index = 0; index < TRITS.length; index++) {
            int signs = index >> 8, high = index >> 4 & 15, low = index & 15;
            TRITS[index] = isValid((byte) index, signs)
                    ? trits(signed(high, signs >> 2)) | trits(signed(low, signs & 1)) << 24
                    : INVALID;
        }
    }

    private TripleCodes() {}

    private static int signed(int magnitude, int sign) {
        return sign == 0 ? magnitude : -magnitude;
    }

    /** Three trits of a value within ±13, as the three low bytes. */
    private static long trits(int value) {
        int a = (value + LAST) / 9 - 1, rest = value - 9 * a;
        int b = (rest + 4) / 3 - 1, c = rest - 3 * b;
        return a & 0xFF | (b & 0xFF) << 8 | (c & 0xFF) << 16;
    }

    /** {@code 9a + 3b + c} of the three trits from {@code trits[at]} on. */
    static int value(byte[] trits, int at) {
        return 9 * trits[at] + 3 * trits[at + 1] + trits[at + 2];
    }

    /**
     * Writes the six trits of two triples; a negative result marks invalid codes, to be collected with {@code |}.
     *
     * @param signs bit 2: the first triple is negative; bit 0: the second
     */
    static long decode(byte code, int signs, byte[] trits, int at) {
        long six = TRITS[signs << 8 | code & 0xFF];
        EIGHT_BYTES.set(trits, at, six);
        return six;
    }

    static boolean isValid(byte code, int signs) {
        int high = code >> 4 & 15, low = code & 15;
        return high <= LAST && low <= LAST && (high != 0 || signs >> 2 == 0) && (low != 0 || (signs & 1) == 0);
    }
}
