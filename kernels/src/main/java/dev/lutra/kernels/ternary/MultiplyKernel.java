package dev.lutra.kernels.ternary;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.S2I;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The inner loop of {@link TernaryMultiply}; it calls only methods of the Vector API and takes addresses, see {@link LookupKernel}. */
final class MultiplyKernel {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALF =
            VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

    /** Rows of a tile: four vectors, one row to a lane. */
    static final int TILE = 4 * WORDS.length();

    private static final int DIGIT_BYTES = TILE * Short.BYTES;

    /** Columns in a word of 16 bits. */
    static final int STEP = 8;

    /** Codes are at most 2 and activations at most 128: so many columns fit int16. */
    static final int COLUMNS = 120;

    private MultiplyKernel() {}

    /**
     * Sums of {@code (trit + 1) * q} over one segment.
     *
     * @param words of the tile's segment: uint16 [steps][TILE], column j of a step in bits 2j
     * @param x int8 [columns]
     * @param sums int16 [TILE]
     */
    static void sums(long words, long x, int columns, long sums) {
        long vector = WORDS.vectorByteSize(), wAt = bounded(words), xAt = bounded(x), at = bounded(sums);
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, a2 = a0, a3 = a0;
        int from = 0;
        // written out: with shifts by constants C2 keeps all words in registers, three times as fast as a loop over
        // columns
        for (; from + STEP <= columns; from += STEP) {
            long word = wAt + (long) from / STEP * 4 * vector, k = xAt + from;
            ShortVector w0 = ShortVector.fromMemorySegment(WORDS, MEMORY, word, LITTLE_ENDIAN);
            ShortVector w1 = ShortVector.fromMemorySegment(WORDS, MEMORY, word + vector, LITTLE_ENDIAN);
            ShortVector w2 = ShortVector.fromMemorySegment(WORDS, MEMORY, word + 2 * vector, LITTLE_ENDIAN);
            ShortVector w3 = ShortVector.fromMemorySegment(WORDS, MEMORY, word + 3 * vector, LITTLE_ENDIAN);
            ShortVector q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k));
            a0 = a0.add(w0.and((short) 3).mul(q));
            a1 = a1.add(w1.and((short) 3).mul(q));
            a2 = a2.add(w2.and((short) 3).mul(q));
            a3 = a3.add(w3.and((short) 3).mul(q));
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 1));
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
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 2));
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
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 3));
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
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 4));
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
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 5));
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
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 6));
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
            q = ShortVector.broadcast(WORDS, (short) MEMORY.get(JAVA_BYTE, k + 7));
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
        a0.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(MEMORY, at + vector, LITTLE_ENDIAN);
        a2.intoMemorySegment(MEMORY, at + 2 * vector, LITTLE_ENDIAN);
        a3.intoMemorySegment(MEMORY, at + 3 * vector, LITTLE_ENDIAN);
        if (from < columns) rest(wAt + (long) from / STEP * 4 * vector, xAt + from, columns - from, at);
    }

    /** Adds the columns of a last, partly filled word to sums that are there already. */
    private static void rest(long words, long x, int columns, long sums) {
        long vector = WORDS.vectorByteSize(), wAt = bounded(words), xAt = bounded(x), at = bounded(sums);
        for (int i = 0; i < 4; i++) {
            ShortVector v = ShortVector.fromMemorySegment(WORDS, MEMORY, wAt + i * vector, LITTLE_ENDIAN);
            ShortVector sum = ShortVector.fromMemorySegment(WORDS, MEMORY, at + i * vector, LITTLE_ENDIAN);
            for (int k = 0; k < columns; k++, v = v.lanewise(LSHR, 2))
                sum = sum.add(v.and((short) 3).mul((short) MEMORY.get(JAVA_BYTE, xAt + k)));
            sum.intoMemorySegment(MEMORY, at + i * vector, LITTLE_ENDIAN);
        }
    }

    /**
     * Adds a segment to the int32 sums of a tile: digits are joined as {@code a + 3b + 9c} and multiplied by the group scale.
     *
     * @param offset what each digit's sum is too large by
     * @param scales int16 [TILE]
     * @param raw int16 [digits][TILE]
     * @param sums int32 [TILE]
     */
    static void join(int digits, int offset, long scales, long raw, long sums) {
        switch (digits) {
            case 1 -> one(offset, scales, raw, sums);
            case 2 -> two(4 * offset, scales, raw, sums);
            default -> three(13 * offset, scales, raw, sums);
        }
    }

    private static void one(int offset, long scales, long raw, long sums) {
        long sAt = bounded(scales), inAt = bounded(raw), at = bounded(sums);
        for (int row = 0; row < TILE; row += INTS.length()) {
            long half = (long) row * Short.BYTES, whole = (long) row * Integer.BYTES;
            IntVector a = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, inAt + half, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector scale = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, sAt + half, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector.fromMemorySegment(INTS, MEMORY, at + whole, LITTLE_ENDIAN)
                    .add(a.sub(offset).mul(scale))
                    .intoMemorySegment(MEMORY, at + whole, LITTLE_ENDIAN);
        }
    }

    private static void two(int offset, long scales, long raw, long sums) {
        long sAt = bounded(scales), inAt = bounded(raw), at = bounded(sums);
        for (int row = 0; row < TILE; row += INTS.length()) {
            long half = (long) row * Short.BYTES, whole = (long) row * Integer.BYTES, digit = inAt + half;
            IntVector a = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, digit, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector b = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, digit + DIGIT_BYTES, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector scale = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, sAt + half, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector.fromMemorySegment(INTS, MEMORY, at + whole, LITTLE_ENDIAN)
                    .add(b.mul(3).add(a).sub(offset).mul(scale))
                    .intoMemorySegment(MEMORY, at + whole, LITTLE_ENDIAN);
        }
    }

    private static void three(int offset, long scales, long raw, long sums) {
        long sAt = bounded(scales), inAt = bounded(raw), at = bounded(sums);
        for (int row = 0; row < TILE; row += INTS.length()) {
            long half = (long) row * Short.BYTES, whole = (long) row * Integer.BYTES, digit = inAt + half;
            IntVector a = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, digit, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector b = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, digit + DIGIT_BYTES, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector c =
                    (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, digit + 2 * DIGIT_BYTES, LITTLE_ENDIAN)
                            .convertShape(S2I, INTS, 0);
            IntVector scale = (IntVector) ShortVector.fromMemorySegment(HALF, MEMORY, sAt + half, LITTLE_ENDIAN)
                    .convertShape(S2I, INTS, 0);
            IntVector.fromMemorySegment(INTS, MEMORY, at + whole, LITTLE_ENDIAN)
                    .add(c.mul(9).add(b.mul(3)).add(a).sub(offset).mul(scale))
                    .intoMemorySegment(MEMORY, at + whole, LITTLE_ENDIAN);
        }
    }
}
