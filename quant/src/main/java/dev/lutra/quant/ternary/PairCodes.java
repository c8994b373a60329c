package dev.lutra.quant.ternary;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The byte that TL1, and TL2 in its remaining columns, make of four neighbouring trits: {@code 3a + b + 4} in the high nibble,
 * {@code 3c + d + 4} in the low one.
 */
final class PairCodes {
    private static final VarHandle FOUR_BYTES =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Largest valid nibble. */
    static final int LAST = 8;

    private static final long INVALID = Long.MIN_VALUE;

    /** By byte: four trits as little-endian bytes, or {@link #INVALID}. */
    private static final long[] TRITS = new long[256];

    static {
        for (int code = 0; code < 256; code++) {
            int high = code >> 4, low = code & 15;
            TRITS[code] = high > LAST || low > LAST
                    ? INVALID
                    : high / 3 - 1 & 0xFF
                            | (high % 3 - 1 & 0xFF) << 8
                            | (low / 3 - 1 & 0xFF) << 16
                            | (low % 3 - 1 & 0xFFL) << 24;
        }
    }

    private PairCodes() {}

    /** The byte of the four trits from {@code trits[at]} on. */
    static byte encode(byte[] trits, int at) {
        return (byte) ((3 * trits[at] + trits[at + 1] + 4) << 4 | 3 * trits[at + 2] + trits[at + 3] + 4);
    }

    /** Writes the four trits of {@code code}; a negative result marks an invalid byte, to be collected with {@code |}. */
    static long decode(byte code, byte[] trits, int at) {
        long four = TRITS[code & 0xFF];
        FOUR_BYTES.set(trits, at, (int) four);
        return four;
    }

    static boolean isValid(byte code) {
        return TRITS[code & 0xFF] != INVALID;
    }
}
