package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/** The inner loop of {@link TernaryMultiply}; it calls only methods of the Vector API, see {@link LookupKernel}. */
final class MultiplyKernel {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_PREFERRED;

    /** Rows of a tile: four vectors, one row to a lane. */
    static final int TILE = 4 * WORDS.length();

    /** Columns in a word of 16 bits. */
    static final int STEP = 8;

    /** Codes are at most 2 and activations at most 128: so many columns fit int16. */
    static final int COLUMNS = 120;

    private MultiplyKernel() {}

    /**
     * Sums of {@code (trit + 1) * q} over one segment.
     *
     * @param w words of the tile's segment at byte {@code wAt}: uint16 [steps][TILE], column j of a step in bits 2j
     * @param x int8 [columns] at byte {@code xAt}
     * @param out int16 [TILE] at byte {@code at}
     */
    static void sums(MemorySegment w, long wAt, MemorySegment x, long xAt, int columns, MemorySegment out, long at) {
        long vector = WORDS.vectorByteSize();
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, a2 = a0, a3 = a0;
        for (int from = 0; from < columns; from += STEP) {
            long word = wAt + (long) from / STEP * 4 * vector;
            ShortVector w0 = ShortVector.fromMemorySegment(WORDS, w, word, LITTLE_ENDIAN);
            ShortVector w1 = ShortVector.fromMemorySegment(WORDS, w, word + vector, LITTLE_ENDIAN);
            ShortVector w2 = ShortVector.fromMemorySegment(WORDS, w, word + 2 * vector, LITTLE_ENDIAN);
            ShortVector w3 = ShortVector.fromMemorySegment(WORDS, w, word + 3 * vector, LITTLE_ENDIAN);
            int end = Math.min(from + STEP, columns);
            for (int k = from; k < end; k++) {
                ShortVector q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, xAt + k));
                a0 = a0.add(w0.and((short) 3).mul(q));
                a1 = a1.add(w1.and((short) 3).mul(q));
                a2 = a2.add(w2.and((short) 3).mul(q));
                a3 = a3.add(w3.and((short) 3).mul(q));
                w0 = w0.lanewise(LSHR, 2);
                w1 = w1.lanewise(LSHR, 2);
                w2 = w2.lanewise(LSHR, 2);
                w3 = w3.lanewise(LSHR, 2);
            }
        }
        a0.intoMemorySegment(out, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(out, at + vector, LITTLE_ENDIAN);
        a2.intoMemorySegment(out, at + 2 * vector, LITTLE_ENDIAN);
        a3.intoMemorySegment(out, at + 3 * vector, LITTLE_ENDIAN);
    }
}
