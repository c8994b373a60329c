package dev.lutra.kernels.ternary;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops of look-up products: for the rows of a tile, one digit and one segment, the int16 sums of table entries.
 *
 * <p>What C2 makes of them decides their shape. It stops inlining ordinary methods once a compilation has 18,000 nodes, and a
 * vector that is handed to a call is boxed, which costs a factor of five to ten; the methods of the Vector API are exempt from
 * that limit. So the loops call nothing else, and what follows them (widening, scales) is a method of its own that reads the
 * sums from memory. Words are shifted as ints, because C2 shifts ints by a constant and shorts by one more register for each
 * shift; what the upper half leaves in the lower one lies above the five bits that {@code selectFrom} reads. All strides are
 * powers of two: only then are the bounds of a segment checked before the loop instead of at every load.
 */
final class LookupKernel {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_512;

    /** Tokens that {@link #four} multiplies. */
    static final int FOUR = 4;

    private LookupKernel() {}

    /**
     * One token, the 128 rows of a tile.
     *
     * @param w words of the tile's segment at byte {@code wAt}: uint16 [steps][128]
     * @param tables tables of the segment at byte {@code tAt}: int16 [3][steps][32]
     * @param out sums at byte {@code at}: int16 [128]
     */
    static void single(
            MemorySegment w, long wAt, MemorySegment tables, long tAt, int steps, MemorySegment out, long at) {
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, a2 = a0, a3 = a0;
        long uAt = tAt + 64L * steps, xAt = uAt + 64L * steps;
        for (int i = 0; i < steps; i++) {
            long table = 64L * i, q = wAt + 256L * i;
            ShortVector t = ShortVector.fromMemorySegment(WORDS, tables, tAt + table, LITTLE_ENDIAN);
            ShortVector u = ShortVector.fromMemorySegment(WORDS, tables, uAt + table, LITTLE_ENDIAN);
            ShortVector x = ShortVector.fromMemorySegment(WORDS, tables, xAt + table, LITTLE_ENDIAN);
            ShortVector v = ShortVector.fromMemorySegment(WORDS, w, q, LITTLE_ENDIAN);
            a0 = a0.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 64, LITTLE_ENDIAN);
            a1 = a1.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 128, LITTLE_ENDIAN);
            a2 = a2.add(v.selectFrom(t))
                    .add(v.reinterpretAsInts()
                            .lanewise(LSHR, 5)
                            .reinterpretAsShorts()
                            .selectFrom(u)
                            .add(v.reinterpretAsInts()
                                    .lanewise(LSHR, 10)
                                    .reinterpretAsShorts()
                                    .selectFrom(x)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 192, LITTLE_ENDIAN);
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
        a0.intoMemorySegment(out, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
        a2.intoMemorySegment(out, at + 128, LITTLE_ENDIAN);
        a3.intoMemorySegment(out, at + 192, LITTLE_ENDIAN);
    }

    /**
     * Four tokens, 64 rows of a tile, which share the loaded words and their shifts: per product half as long again as the
     * fastest other shape (two tokens and 128 rows), and eight accumulators are what C2 still keeps in registers.
     *
     * @param w words of the rows at byte {@code wAt}: uint16 [steps], 256 bytes apart, [64]
     * @param tables tables of the segment at byte {@code tAt}: int16 [3][steps][4 tokens][32]
     * @param out sums of the first token at byte {@code at}: int16 [64]; those of the next {@code apart} bytes on
     */
    static void four(
            MemorySegment w,
            long wAt,
            MemorySegment tables,
            long tAt,
            int steps,
            MemorySegment out,
            long at,
            long apart) {
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        long uAt = tAt + 256L * steps, xAt = uAt + 256L * steps;
        for (int i = 0; i < steps; i++) {
            long step = 256L * i;
            ShortVector v = ShortVector.fromMemorySegment(WORDS, w, wAt + step, LITTLE_ENDIAN);
            ShortVector x = ShortVector.fromMemorySegment(WORDS, w, wAt + step + 64, LITTLE_ENDIAN);
            ShortVector t = ShortVector.fromMemorySegment(WORDS, tables, tAt + step, LITTLE_ENDIAN);
            a0 = a0.add(v.selectFrom(t));
            a1 = a1.add(x.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, tAt + step + 64, LITTLE_ENDIAN);
            b0 = b0.add(v.selectFrom(t));
            b1 = b1.add(x.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, tAt + step + 128, LITTLE_ENDIAN);
            c0 = c0.add(v.selectFrom(t));
            c1 = c1.add(x.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, tAt + step + 192, LITTLE_ENDIAN);
            d0 = d0.add(v.selectFrom(t));
            d1 = d1.add(x.selectFrom(t));
            ShortVector y = v.reinterpretAsInts().lanewise(LSHR, 5).reinterpretAsShorts();
            ShortVector z = x.reinterpretAsInts().lanewise(LSHR, 5).reinterpretAsShorts();
            t = ShortVector.fromMemorySegment(WORDS, tables, uAt + step, LITTLE_ENDIAN);
            a0 = a0.add(y.selectFrom(t));
            a1 = a1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, uAt + step + 64, LITTLE_ENDIAN);
            b0 = b0.add(y.selectFrom(t));
            b1 = b1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, uAt + step + 128, LITTLE_ENDIAN);
            c0 = c0.add(y.selectFrom(t));
            c1 = c1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, uAt + step + 192, LITTLE_ENDIAN);
            d0 = d0.add(y.selectFrom(t));
            d1 = d1.add(z.selectFrom(t));
            y = v.reinterpretAsInts().lanewise(LSHR, 10).reinterpretAsShorts();
            z = x.reinterpretAsInts().lanewise(LSHR, 10).reinterpretAsShorts();
            t = ShortVector.fromMemorySegment(WORDS, tables, xAt + step, LITTLE_ENDIAN);
            a0 = a0.add(y.selectFrom(t));
            a1 = a1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, xAt + step + 64, LITTLE_ENDIAN);
            b0 = b0.add(y.selectFrom(t));
            b1 = b1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, xAt + step + 128, LITTLE_ENDIAN);
            c0 = c0.add(y.selectFrom(t));
            c1 = c1.add(z.selectFrom(t));
            t = ShortVector.fromMemorySegment(WORDS, tables, xAt + step + 192, LITTLE_ENDIAN);
            d0 = d0.add(y.selectFrom(t));
            d1 = d1.add(z.selectFrom(t));
        }
        a0.intoMemorySegment(out, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
        b0.intoMemorySegment(out, at + apart, LITTLE_ENDIAN);
        b1.intoMemorySegment(out, at + apart + 64, LITTLE_ENDIAN);
        c0.intoMemorySegment(out, at + 2 * apart, LITTLE_ENDIAN);
        c1.intoMemorySegment(out, at + 2 * apart + 64, LITTLE_ENDIAN);
        d0.intoMemorySegment(out, at + 3 * apart, LITTLE_ENDIAN);
        d1.intoMemorySegment(out, at + 3 * apart + 64, LITTLE_ENDIAN);
    }
}
