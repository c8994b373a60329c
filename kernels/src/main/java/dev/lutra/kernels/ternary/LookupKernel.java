package dev.lutra.kernels.ternary;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops of look-up products: for 128 rows, one digit and one segment, the int16 sums of table entries.
 * {@code selectFrom} takes the low five bits of a lane as index, so the first index of a word needs no mask.
 *
 * <p>C2 stops inlining ordinary methods once a compilation has 18,000 nodes, and a vector that is handed to a call is boxed,
 * which costs a factor of five to ten. The methods of the Vector API are exempt from that limit; therefore the loops call
 * nothing else, and what follows them (widening, scales) is a method of its own that reads the sums from memory.
 */
final class LookupKernel {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_512;

    private LookupKernel() {}

    /**
     * One token.
     *
     * @param w words of the tile's segment at byte {@code wAt}: uint16 [steps][128]
     * @param tables tables of the segment at byte {@code tAt}: int16 [steps][3][32]
     * @param out sums at byte {@code at}: int16 [128]
     */
    static void single(
            MemorySegment w, long wAt, MemorySegment tables, long tAt, int steps, MemorySegment out, long at) {
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, a2 = a0, a3 = a0;
        for (int i = 0; i < steps; i++) {
            long t = tAt + 192L * i, q = wAt + 256L * i;
            ShortVector t0 = ShortVector.fromMemorySegment(WORDS, tables, t, LITTLE_ENDIAN);
            ShortVector t1 = ShortVector.fromMemorySegment(WORDS, tables, t + 64, LITTLE_ENDIAN);
            ShortVector t2 = ShortVector.fromMemorySegment(WORDS, tables, t + 128, LITTLE_ENDIAN);
            ShortVector v = ShortVector.fromMemorySegment(WORDS, w, q, LITTLE_ENDIAN);
            a0 = a0.add(v.selectFrom(t0))
                    .add(v.lanewise(LSHR, 5)
                            .selectFrom(t1)
                            .add(v.lanewise(LSHR, 10).selectFrom(t2)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 64, LITTLE_ENDIAN);
            a1 = a1.add(v.selectFrom(t0))
                    .add(v.lanewise(LSHR, 5)
                            .selectFrom(t1)
                            .add(v.lanewise(LSHR, 10).selectFrom(t2)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 128, LITTLE_ENDIAN);
            a2 = a2.add(v.selectFrom(t0))
                    .add(v.lanewise(LSHR, 5)
                            .selectFrom(t1)
                            .add(v.lanewise(LSHR, 10).selectFrom(t2)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 192, LITTLE_ENDIAN);
            a3 = a3.add(v.selectFrom(t0))
                    .add(v.lanewise(LSHR, 5)
                            .selectFrom(t1)
                            .add(v.lanewise(LSHR, 10).selectFrom(t2)));
        }
        a0.intoMemorySegment(out, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
        a2.intoMemorySegment(out, at + 128, LITTLE_ENDIAN);
        a3.intoMemorySegment(out, at + 192, LITTLE_ENDIAN);
    }

    /**
     * Two tokens, which share the loaded words and their shifts: a seventh faster than two single ones.
     *
     * @param tAt where the first token's tables begin
     * @param uAt where the second token's tables begin
     * @param at where the first token's sums go
     * @param bAt where the second token's sums go
     */
    static void pair(
            MemorySegment w,
            long wAt,
            MemorySegment tables,
            long tAt,
            long uAt,
            int steps,
            MemorySegment out,
            long at,
            long bAt) {
        ShortVector a0 = ShortVector.zero(WORDS), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (int i = 0; i < steps; i++) {
            long t = tAt + 192L * i, u = uAt + 192L * i, q = wAt + 256L * i;
            ShortVector t0 = ShortVector.fromMemorySegment(WORDS, tables, t, LITTLE_ENDIAN);
            ShortVector t1 = ShortVector.fromMemorySegment(WORDS, tables, t + 64, LITTLE_ENDIAN);
            ShortVector t2 = ShortVector.fromMemorySegment(WORDS, tables, t + 128, LITTLE_ENDIAN);
            ShortVector u0 = ShortVector.fromMemorySegment(WORDS, tables, u, LITTLE_ENDIAN);
            ShortVector u1 = ShortVector.fromMemorySegment(WORDS, tables, u + 64, LITTLE_ENDIAN);
            ShortVector u2 = ShortVector.fromMemorySegment(WORDS, tables, u + 128, LITTLE_ENDIAN);
            ShortVector v = ShortVector.fromMemorySegment(WORDS, w, q, LITTLE_ENDIAN);
            ShortVector x = v.lanewise(LSHR, 5), y = v.lanewise(LSHR, 10);
            a0 = a0.add(v.selectFrom(t0)).add(x.selectFrom(t1).add(y.selectFrom(t2)));
            b0 = b0.add(v.selectFrom(u0)).add(x.selectFrom(u1).add(y.selectFrom(u2)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 64, LITTLE_ENDIAN);
            x = v.lanewise(LSHR, 5);
            y = v.lanewise(LSHR, 10);
            a1 = a1.add(v.selectFrom(t0)).add(x.selectFrom(t1).add(y.selectFrom(t2)));
            b1 = b1.add(v.selectFrom(u0)).add(x.selectFrom(u1).add(y.selectFrom(u2)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 128, LITTLE_ENDIAN);
            x = v.lanewise(LSHR, 5);
            y = v.lanewise(LSHR, 10);
            a2 = a2.add(v.selectFrom(t0)).add(x.selectFrom(t1).add(y.selectFrom(t2)));
            b2 = b2.add(v.selectFrom(u0)).add(x.selectFrom(u1).add(y.selectFrom(u2)));
            v = ShortVector.fromMemorySegment(WORDS, w, q + 192, LITTLE_ENDIAN);
            x = v.lanewise(LSHR, 5);
            y = v.lanewise(LSHR, 10);
            a3 = a3.add(v.selectFrom(t0)).add(x.selectFrom(t1).add(y.selectFrom(t2)));
            b3 = b3.add(v.selectFrom(u0)).add(x.selectFrom(u1).add(y.selectFrom(u2)));
        }
        a0.intoMemorySegment(out, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
        a2.intoMemorySegment(out, at + 128, LITTLE_ENDIAN);
        a3.intoMemorySegment(out, at + 192, LITTLE_ENDIAN);
        b0.intoMemorySegment(out, bAt, LITTLE_ENDIAN);
        b1.intoMemorySegment(out, bAt + 64, LITTLE_ENDIAN);
        b2.intoMemorySegment(out, bAt + 128, LITTLE_ENDIAN);
        b3.intoMemorySegment(out, bAt + 192, LITTLE_ENDIAN);
    }
}
