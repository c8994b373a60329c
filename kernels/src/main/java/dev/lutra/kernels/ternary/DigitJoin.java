package dev.lutra.kernels.ternary;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

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
     * @param raw address of int16 [digits][128]
     * @param scales address of the tile's group scales, laid out as {@link LookupLayout} says
     * @param sums address of int32 [128]
     */
    static void add(int digits, long raw, long scales, long sums) {
        switch (digits) {
            case 1 -> scaled(raw, scales, sums);
            case 2 -> two(raw, scales, sums);
            default -> three(raw, scales, sums);
        }
    }

    /** One digit whose group scales are all 1. */
    static void plain(long raw, long sums) {
        long inAt = bounded(raw), at = bounded(sums);
        for (int v = 0; v < VECTORS; v++) {
            long to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, MEMORY, inAt + 64L * v, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector.fromMemorySegment(INTS, MEMORY, to, LITTLE_ENDIAN)
                    .add(a.lanewise(LSHL, 16).lanewise(ASHR, 16))
                    .intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, MEMORY, to + 64, LITTLE_ENDIAN)
                    .add(a.lanewise(ASHR, 16))
                    .intoMemorySegment(MEMORY, to + 64, LITTLE_ENDIAN);
        }
    }

    private static void scaled(long raw, long scales, long sums) {
        long inAt = bounded(raw), sAt = bounded(scales), at = bounded(sums);
        for (int v = 0; v < VECTORS; v++) {
            long to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, MEMORY, inAt + 64L * v, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector m = IntVector.fromMemorySegment(INTS, MEMORY, sAt + v / 2 * 64L, LITTLE_ENDIAN)
                    .lanewise(LSHR, v % 2 * 16);
            IntVector.fromMemorySegment(INTS, MEMORY, to, LITTLE_ENDIAN)
                    .add(a.lanewise(LSHL, 16).lanewise(ASHR, 16).mul(m.and(255)))
                    .intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, MEMORY, to + 64, LITTLE_ENDIAN)
                    .add(a.lanewise(ASHR, 16).mul(m.lanewise(LSHR, 8).and(255)))
                    .intoMemorySegment(MEMORY, to + 64, LITTLE_ENDIAN);
        }
    }

    private static void two(long raw, long scales, long sums) {
        long inAt = bounded(raw), sAt = bounded(scales), at = bounded(sums);
        for (int v = 0; v < VECTORS; v++) {
            long from = inAt + 64L * v, to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, MEMORY, from, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector b = ShortVector.fromMemorySegment(WORDS, MEMORY, from + DIGIT_BYTES, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector m = IntVector.fromMemorySegment(INTS, MEMORY, sAt + v / 2 * 64L, LITTLE_ENDIAN)
                    .lanewise(LSHR, v % 2 * 16);
            IntVector even = b.lanewise(LSHL, 16).lanewise(ASHR, 16);
            even = even.lanewise(LSHL, 1).add(even).add(a.lanewise(LSHL, 16).lanewise(ASHR, 16));
            IntVector odd = b.lanewise(ASHR, 16);
            odd = odd.lanewise(LSHL, 1).add(odd).add(a.lanewise(ASHR, 16));
            IntVector.fromMemorySegment(INTS, MEMORY, to, LITTLE_ENDIAN)
                    .add(even.mul(m.and(255)))
                    .intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, MEMORY, to + 64, LITTLE_ENDIAN)
                    .add(odd.mul(m.lanewise(LSHR, 8).and(255)))
                    .intoMemorySegment(MEMORY, to + 64, LITTLE_ENDIAN);
        }
    }

    private static void three(long raw, long scales, long sums) {
        long inAt = bounded(raw), sAt = bounded(scales), at = bounded(sums);
        for (int v = 0; v < VECTORS; v++) {
            long from = inAt + 64L * v, to = at + 128L * v;
            IntVector a = ShortVector.fromMemorySegment(WORDS, MEMORY, from, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector b = ShortVector.fromMemorySegment(WORDS, MEMORY, from + DIGIT_BYTES, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector c = ShortVector.fromMemorySegment(WORDS, MEMORY, from + 2 * DIGIT_BYTES, LITTLE_ENDIAN)
                    .reinterpretAsInts();
            IntVector m = IntVector.fromMemorySegment(INTS, MEMORY, sAt + v / 2 * 64L, LITTLE_ENDIAN)
                    .lanewise(LSHR, v % 2 * 16);
            IntVector even = c.lanewise(LSHL, 16).lanewise(ASHR, 16);
            even = even.lanewise(LSHL, 1).add(even).add(b.lanewise(LSHL, 16).lanewise(ASHR, 16));
            even = even.lanewise(LSHL, 1).add(even).add(a.lanewise(LSHL, 16).lanewise(ASHR, 16));
            IntVector odd = c.lanewise(ASHR, 16);
            odd = odd.lanewise(LSHL, 1).add(odd).add(b.lanewise(ASHR, 16));
            odd = odd.lanewise(LSHL, 1).add(odd).add(a.lanewise(ASHR, 16));
            IntVector.fromMemorySegment(INTS, MEMORY, to, LITTLE_ENDIAN)
                    .add(even.mul(m.and(255)))
                    .intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
            IntVector.fromMemorySegment(INTS, MEMORY, to + 64, LITTLE_ENDIAN)
                    .add(odd.mul(m.lanewise(LSHR, 8).and(255)))
                    .intoMemorySegment(MEMORY, to + 64, LITTLE_ENDIAN);
        }
    }
}
