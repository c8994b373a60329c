package dev.lutra.kernels.ternary;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.lutra.kernels.memory.AddressSpace;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops of look-up products: for the rows of a tile, one digit and one segment, the int16 sums of table entries.
 *
 * <p>What C2 makes of them decides their shape. It stops inlining ordinary methods once a compilation has 18,000 nodes, and a
 * vector that is handed to a call is boxed, which costs a factor of five to ten; the methods of the Vector API are exempt from
 * that limit. So the loops call nothing else, and what follows them (widening, scales) is a method of its own that reads the
 * sums from memory. Words are shifted as ints, because C2 shifts ints by a constant and shorts by one more register for each
 * shift; what the upper half leaves in the lower one lies above the five bits that {@code selectFrom} reads. All parameters are
 * addresses in {@link AddressSpace}: segments of eleven steps are too short for checks before the loop.
 */
final class LookupKernel {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_512;

    /** Tokens that {@link #four} multiplies. */
    static final int FOUR = 4;

    private LookupKernel() {}

    /**
     * One token, the 128 rows of a tile.
     *
     * @param words of the tile's segment: uint16 [steps][128]
     * @param tables of the segment: int16 [3][steps][32]
     * @param sums int16 [128]
     */
    static void single(long words, long tables, int steps, long sums) {
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, a2 = a0, a3 = a0;
        long wAt = bounded(words), tAt = bounded(tables), uAt = bounded(tAt + 64L * steps);
        long xAt = bounded(uAt + 64L * steps), at = bounded(sums);
        for (int i = 0; i < steps; i++) {
            long table = 64L * i, q = wAt + 256L * i;
            ShortVector t = ShortVector.fromMemorySegment(WORDS, MEMORY, tAt + table, LITTLE_ENDIAN);
            ShortVector u = ShortVector.fromMemorySegment(WORDS, MEMORY, uAt + table, LITTLE_ENDIAN);
            ShortVector x = ShortVector.fromMemorySegment(WORDS, MEMORY, xAt + table, LITTLE_ENDIAN);
            ShortVector v = ShortVector.fromMemorySegment(WORDS, MEMORY, q, LITTLE_ENDIAN);
            a0 = a0.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
            v = ShortVector.fromMemorySegment(WORDS, MEMORY, q + 64, LITTLE_ENDIAN);
            a1 = a1.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
            v = ShortVector.fromMemorySegment(WORDS, MEMORY, q + 128, LITTLE_ENDIAN);
            a2 = a2.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
            v = ShortVector.fromMemorySegment(WORDS, MEMORY, q + 192, LITTLE_ENDIAN);
            a3 = a3.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
        }
        a0.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(MEMORY, at + 64, LITTLE_ENDIAN);
        a2.intoMemorySegment(MEMORY, at + 128, LITTLE_ENDIAN);
        a3.intoMemorySegment(MEMORY, at + 192, LITTLE_ENDIAN);
    }

    /**
     * Four tokens, 64 rows of a tile, which share the loaded words and their shifts: per product half as long again as the
     * fastest other shape (two tokens and 128 rows), and eight accumulators are what C2 still keeps in registers.
     *
     * @param words of the rows: uint16 [steps], 256 bytes apart, [64]
     * @param tables of the segment: int16 [3][steps][4 tokens][32]
     * @param sums of the first token: int16 [64]; those of the next {@code apart} bytes on
     */
    static void four(long words, long tables, int steps, long sums, long apart) {
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        long wAt = bounded(words), tAt = bounded(tables), uAt = bounded(tAt + 256L * steps);
        long xAt = bounded(uAt + 256L * steps), aAt = bounded(sums), bAt = bounded(aAt + apart);
        long cAt = bounded(bAt + apart), dAt = bounded(cAt + apart);
        for (int i = 0; i < steps; i++) {
            long step = 256L * i;
            ShortVector v = ShortVector.fromMemorySegment(WORDS, MEMORY, wAt + step, LITTLE_ENDIAN);
            ShortVector x = ShortVector.fromMemorySegment(WORDS, MEMORY, wAt + step + 64, LITTLE_ENDIAN);
            ShortVector t = ShortVector.fromMemorySegment(WORDS, MEMORY, tAt + step, LITTLE_ENDIAN);
            a0 = a0.add(v.selectFrom(t));
            a1 = a1.add(x.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, tAt + step + 64, LITTLE_ENDIAN);
            b0 = b0.add(v.selectFrom(t));
            b1 = b1.add(x.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, tAt + step + 128, LITTLE_ENDIAN);
            c0 = c0.add(v.selectFrom(t));
            c1 = c1.add(x.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, tAt + step + 192, LITTLE_ENDIAN);
            d0 = d0.add(v.selectFrom(t));
            d1 = d1.add(x.selectFrom(t));
            ShortVector y = v.reinterpretAsInts().lanewise(LSHR, 5).reinterpretAsShorts();
            ShortVector z = x.reinterpretAsInts().lanewise(LSHR, 5).reinterpretAsShorts();
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, uAt + step, LITTLE_ENDIAN);
            a0 = a0.add(y.selectFrom(t));
            a1 = a1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, uAt + step + 64, LITTLE_ENDIAN);
            b0 = b0.add(y.selectFrom(t));
            b1 = b1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, uAt + step + 128, LITTLE_ENDIAN);
            c0 = c0.add(y.selectFrom(t));
            c1 = c1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, uAt + step + 192, LITTLE_ENDIAN);
            d0 = d0.add(y.selectFrom(t));
            d1 = d1.add(z.selectFrom(t));
            y = v.reinterpretAsInts().lanewise(LSHR, 10).reinterpretAsShorts();
            z = x.reinterpretAsInts().lanewise(LSHR, 10).reinterpretAsShorts();
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, xAt + step, LITTLE_ENDIAN);
            a0 = a0.add(y.selectFrom(t));
            a1 = a1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, xAt + step + 64, LITTLE_ENDIAN);
            b0 = b0.add(y.selectFrom(t));
            b1 = b1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, xAt + step + 128, LITTLE_ENDIAN);
            c0 = c0.add(y.selectFrom(t));
            c1 = c1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, MEMORY, xAt + step + 192, LITTLE_ENDIAN);
            d0 = d0.add(y.selectFrom(t));
            d1 = d1.add(z.selectFrom(t));
        }
        a0.intoMemorySegment(MEMORY, aAt, LITTLE_ENDIAN);
        a1.intoMemorySegment(MEMORY, aAt + 64, LITTLE_ENDIAN);
        b0.intoMemorySegment(MEMORY, bAt, LITTLE_ENDIAN);
        b1.intoMemorySegment(MEMORY, bAt + 64, LITTLE_ENDIAN);
        c0.intoMemorySegment(MEMORY, cAt, LITTLE_ENDIAN);
        c1.intoMemorySegment(MEMORY, cAt + 64, LITTLE_ENDIAN);
        d0.intoMemorySegment(MEMORY, dAt, LITTLE_ENDIAN);
        d1.intoMemorySegment(MEMORY, dAt + 64, LITTLE_ENDIAN);
    }
}
