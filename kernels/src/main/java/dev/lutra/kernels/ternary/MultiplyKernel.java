package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The inner loop of {@link TernaryMultiply}; it calls only methods of the Vector API, see {@link LookupKernel}. */
final class MultiplyKernel {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALF =
            VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

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
        int from = 0;
        // written out: with shifts by constants C2 keeps all words in registers, three times as fast as a loop over
        // columns
        for (; from + STEP <= columns; from += STEP) {
            long word = wAt + (long) from / STEP * 4 * vector, k = xAt + from;
            ShortVector w0 = ShortVector.fromMemorySegment(WORDS, w, word, LITTLE_ENDIAN);
            ShortVector w1 = ShortVector.fromMemorySegment(WORDS, w, word + vector, LITTLE_ENDIAN);
            ShortVector w2 = ShortVector.fromMemorySegment(WORDS, w, word + 2 * vector, LITTLE_ENDIAN);
            ShortVector w3 = ShortVector.fromMemorySegment(WORDS, w, word + 3 * vector, LITTLE_ENDIAN);
            ShortVector q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k));
            a0 = a0.add(w0.and((short) 3).mul(q));
            a1 = a1.add(w1.and((short) 3).mul(q));
            a2 = a2.add(w2.and((short) 3).mul(q));
            a3 = a3.add(w3.and((short) 3).mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 1));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 2)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 2)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 2)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 2)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 2));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 3));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 6)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 6)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 6)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 6)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 4));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 8)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 5));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 10)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 6));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 12)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            q = ShortVector.broadcast(WORDS, (short) x.get(JAVA_BYTE, k + 7));
            a0 = a0.add(w0.reinterpretAsInts()
                    .lanewise(LSHR, 14)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a1 = a1.add(w1.reinterpretAsInts()
                    .lanewise(LSHR, 14)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a2 = a2.add(w2.reinterpretAsInts()
                    .lanewise(LSHR, 14)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
            a3 = a3.add(w3.reinterpretAsInts()
                    .lanewise(LSHR, 14)
                    .reinterpretAsShorts()
                    .and((short) 3)
                    .mul(q));
        }
        a0.intoMemorySegment(out, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(out, at + vector, LITTLE_ENDIAN);
        a2.intoMemorySegment(out, at + 2 * vector, LITTLE_ENDIAN);
        a3.intoMemorySegment(out, at + 3 * vector, LITTLE_ENDIAN);
        if (from < columns) rest(w, wAt + (long) from / STEP * 4 * vector, x, xAt + from, columns - from, out, at);
    }

    /** Adds the columns of a last, partly filled word to sums that are there already. */
    private static void rest(
            MemorySegment w, long word, MemorySegment x, long xAt, int columns, MemorySegment out, long at) {
        long vector = WORDS.vectorByteSize();
        for (int i = 0; i < 4; i++, word += vector, at += vector) {
            ShortVector v = ShortVector.fromMemorySegment(WORDS, w, word, LITTLE_ENDIAN);
            ShortVector sum = ShortVector.fromMemorySegment(WORDS, out, at, LITTLE_ENDIAN);
            for (int k = 0; k < columns; k++, v = v.lanewise(LSHR, 2))
                sum = sum.add(v.and((short) 3).mul((short) x.get(JAVA_BYTE, xAt + k)));
            sum.intoMemorySegment(out, at, LITTLE_ENDIAN);
        }
    }

    /**
     * Adds a segment to the int32 sums of a tile: digits are joined as {@code a + 3b + 9c} and multiplied by the group scale.
     *
     * @param offset what each digit's sum is too large by
     * @param scales int16 [TILE] at byte {@code sAt}
     * @param m int16 [digits][TILE] at byte {@code inAt}, the sums int32 [TILE] at byte {@code at}
     */
    static void join(int digits, int offset, MemorySegment scales, long sAt, MemorySegment m, long inAt, long at) {
        int step = INTS.length();
        for (int row = 0; row < TILE; row += step) {
            long half = (long) row * Short.BYTES, whole = (long) row * Integer.BYTES;
            IntVector value = IntVector.zero(INTS);
            for (int d = digits - 1; d >= 0; d--) {
                ShortVector sum = ShortVector.fromMemorySegment(
                        HALF, m, inAt + (long) d * TILE * Short.BYTES + half, LITTLE_ENDIAN);
                value = value.mul(3)
                        .add((IntVector) sum.convertShape(VectorOperators.S2I, INTS, 0))
                        .sub(offset);
            }
            ShortVector scale = ShortVector.fromMemorySegment(HALF, scales, sAt + half, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, m, at + whole, LITTLE_ENDIAN)
                    .add(value.mul(scale.convertShape(VectorOperators.S2I, INTS, 0)))
                    .intoMemorySegment(m, at + whole, LITTLE_ENDIAN);
        }
    }
}
