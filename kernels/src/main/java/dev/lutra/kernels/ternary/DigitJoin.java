package dev.lutra.kernels.ternary;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Adds the int16 sums of one tile and segment to its int32 sums: even lanes are the first 16 rows of a vector, odd lanes the
 * second, digits are joined as {@code a + 3b + 9c} and multiplied by the group scale.
 */
final class DigitJoin {
    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int VECTORS = LookupLayout.TILE / 32;
    private static final int DIGIT_BYTES = LookupLayout.TILE * Short.BYTES;

    private DigitJoin() {}

    /**
     * Adds one tile.
     *
     * @param in int16 [digits][128] at byte {@code inAt}
     * @param scales group scales of the tile at byte {@code sAt}, laid out as {@link LookupLayout} says
     * @param sums int32 [128] at byte {@code at}
     */
    static void add(
            int digits, MemorySegment in, long inAt, MemorySegment scales, long sAt, MemorySegment sums, long at) {
        switch (digits) {
            case 1 -> scaled(in, inAt, scales, sAt, sums, at);
            case 2 -> two(in, inAt, scales, sAt, sums, at);
            default -> three(in, inAt, scales, sAt, sums, at);
        }
    }

    /** One digit whose group scales are all 1. */
    static void plain(MemorySegment in, long inAt, MemorySegment sums, long at) {
        for (int v = 0; v < VECTORS; v++) {
            long to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, in, inAt + 64L * v, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector.fromMemorySegment(INTS, sums, to, LITTLE_ENDIAN)
                    .add(a.lanewise(LSHL, 16).lanewise(ASHR, 16))
                    .intoMemorySegment(sums, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, sums, to + 64, LITTLE_ENDIAN)
                    .add(a.lanewise(ASHR, 16))
                    .intoMemorySegment(sums, to + 64, LITTLE_ENDIAN);
        }
    }

    private static void scaled(
            MemorySegment in, long inAt, MemorySegment scales, long sAt, MemorySegment sums, long at) {
        for (int v = 0; v < VECTORS; v++) {
            long to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, in, inAt + 64L * v, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector m = IntVector.fromMemorySegment(INTS, scales, sAt + v / 2 * 64L, LITTLE_ENDIAN)
                    .lanewise(LSHR, v % 2 * 16);
            IntVector.fromMemorySegment(INTS, sums, to, LITTLE_ENDIAN)
                    .add(a.lanewise(LSHL, 16).lanewise(ASHR, 16).mul(m.and(255)))
                    .intoMemorySegment(sums, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, sums, to + 64, LITTLE_ENDIAN)
                    .add(a.lanewise(ASHR, 16).mul(m.lanewise(LSHR, 8).and(255)))
                    .intoMemorySegment(sums, to + 64, LITTLE_ENDIAN);
        }
    }

    private static void two(MemorySegment in, long inAt, MemorySegment scales, long sAt, MemorySegment sums, long at) {
        for (int v = 0; v < VECTORS; v++) {
            long from = inAt + 64L * v, to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, in, from, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector b = ShortVector.fromMemorySegment(WORDS, in, from + DIGIT_BYTES, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector m = IntVector.fromMemorySegment(INTS, scales, sAt + v / 2 * 64L, LITTLE_ENDIAN)
                    .lanewise(LSHR, v % 2 * 16);
            IntVector even = b.lanewise(LSHL, 16).lanewise(ASHR, 16);
            even = even.lanewise(LSHL, 1).add(even).add(a.lanewise(LSHL, 16).lanewise(ASHR, 16));
            IntVector odd = b.lanewise(ASHR, 16);
            odd = odd.lanewise(LSHL, 1).add(odd).add(a.lanewise(ASHR, 16));
            IntVector.fromMemorySegment(INTS, sums, to, LITTLE_ENDIAN)
                    .add(even.mul(m.and(255)))
                    .intoMemorySegment(sums, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, sums, to + 64, LITTLE_ENDIAN)
                    .add(odd.mul(m.lanewise(LSHR, 8).and(255)))
                    .intoMemorySegment(sums, to + 64, LITTLE_ENDIAN);
        }
    }

    private static void three(
            MemorySegment in, long inAt, MemorySegment scales, long sAt, MemorySegment sums, long at) {
        for (int v = 0; v < VECTORS; v++) {
            long from = inAt + 64L * v, to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, in, from, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector b = ShortVector.fromMemorySegment(WORDS, in, from + DIGIT_BYTES, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector c = ShortVector.fromMemorySegment(WORDS, in, from + 2 * DIGIT_BYTES, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector m = IntVector.fromMemorySegment(INTS, scales, sAt + v / 2 * 64L, LITTLE_ENDIAN)
                    .lanewise(LSHR, v % 2 * 16);
            IntVector even = c.lanewise(LSHL, 16).lanewise(ASHR, 16);
            even = even.lanewise(LSHL, 1).add(even).add(b.lanewise(LSHL, 16).lanewise(ASHR, 16));
            even = even.lanewise(LSHL, 1).add(even).add(a.lanewise(LSHL, 16).lanewise(ASHR, 16));
            IntVector odd = c.lanewise(ASHR, 16);
            odd = odd.lanewise(LSHL, 1).add(odd).add(b.lanewise(ASHR, 16));
            odd = odd.lanewise(LSHL, 1).add(odd).add(a.lanewise(ASHR, 16));
            IntVector.fromMemorySegment(INTS, sums, to, LITTLE_ENDIAN)
                    .add(even.mul(m.and(255)))
                    .intoMemorySegment(sums, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, sums, to + 64, LITTLE_ENDIAN)
                    .add(odd.mul(m.lanewise(LSHR, 8).and(255)))
                    .intoMemorySegment(sums, to + 64, LITTLE_ENDIAN);
        }
    }
}
