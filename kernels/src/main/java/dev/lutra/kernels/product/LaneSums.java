package dev.lutra.kernels.product;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over the lanes of stored vectors, always in the same tree: lanes whose numbers differ in the highest bit first, in the
 * lowest bit last. {@code reduceLanes} is not used, because its order may change when a method is compiled.
 */
public final class LaneSums {
    /** Bytes from one stored vector to the next. */
    public static final int SLOT = 64;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> QUARTER = FloatVector.SPECIES_128;
    private static final VectorSpecies<Float> WIDE = FloatVector.SPECIES_512;
    private static final VectorShuffle<Float> SWAP8 = VectorShuffle.fromOp(WIDE, lane -> lane ^ 8);
    private static final VectorShuffle<Float> SWAP4 = VectorShuffle.fromOp(WIDE, lane -> lane ^ 4);
    private static final VectorShuffle<Float> SWAP2 = VectorShuffle.fromOp(WIDE, lane -> lane ^ 2);
    private static final VectorShuffle<Float> SWAP1 = VectorShuffle.fromOp(WIDE, lane -> lane ^ 1);
    private static final VectorMask<Float> BIT8 = VectorMask.fromLong(WIDE, 0xFF00);
    private static final VectorMask<Float> BIT4 = VectorMask.fromLong(WIDE, 0xF0F0);
    private static final VectorMask<Float> BIT2 = VectorMask.fromLong(WIDE, 0xCCCC);
    private static final VectorMask<Float> BIT1 = VectorMask.fromLong(WIDE, 0xAAAA);

    private LaneSums() {}

    /** The sum of the lanes of the vector stored at byte {@code at}, which is overwritten. */
    public static float one(MemorySegment m, long at) {
        FloatVector sum = FloatVector.fromMemorySegment(QUARTER, m, at, LITTLE_ENDIAN);
        if (FLOATS.length() == 8) sum = sum.add(FloatVector.fromMemorySegment(QUARTER, m, at + 16, LITTLE_ENDIAN));
        if (FLOATS.length() == 16)
            sum = sum.add(FloatVector.fromMemorySegment(QUARTER, m, at + 32, LITTLE_ENDIAN))
                    .add(FloatVector.fromMemorySegment(QUARTER, m, at + 16, LITTLE_ENDIAN)
                            .add(FloatVector.fromMemorySegment(QUARTER, m, at + 48, LITTLE_ENDIAN)));
        sum.intoMemorySegment(m, at, LITTLE_ENDIAN);
        return m.get(JAVA_FLOAT, at)
                + m.get(JAVA_FLOAT, at + 8)
                + (m.get(JAVA_FLOAT, at + 4) + m.get(JAVA_FLOAT, at + 12));
    }

    /** Replaces sixteen vectors, one every {@link #SLOT} bytes, by their sixteen sums at byte {@code at}. */
    public static void sixteen(MemorySegment m, long at) {
        if (FLOATS.length() == 16) sixteenWide(m, at);
        else for (int i = 0; i < 16; i++) m.set(JAVA_FLOAT, at + 4L * i, one(m, at + (long) SLOT * i));
    }

    /**
     * A tree of 15 joins: of two vectors a and b, one half of a join holds a's lanes added in pairs, the other half b's. Each
     * join costs two blends, one permutation and one addition for two vectors, a quarter of adding up the lanes of each.
     */
    private static void sixteenWide(MemorySegment m, long at) {
        FloatVector a, b;
        a = FloatVector.fromMemorySegment(WIDE, m, at, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 512, LITTLE_ENDIAN);
        FloatVector c0 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 64, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 576, LITTLE_ENDIAN);
        FloatVector c1 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 128, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 640, LITTLE_ENDIAN);
        FloatVector c2 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 192, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 704, LITTLE_ENDIAN);
        FloatVector c3 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 256, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 768, LITTLE_ENDIAN);
        FloatVector c4 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 320, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 832, LITTLE_ENDIAN);
        FloatVector c5 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 384, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 896, LITTLE_ENDIAN);
        FloatVector c6 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        a = FloatVector.fromMemorySegment(WIDE, m, at + 448, LITTLE_ENDIAN);
        b = FloatVector.fromMemorySegment(WIDE, m, at + 960, LITTLE_ENDIAN);
        FloatVector c7 = a.blend(b, BIT8).add(b.blend(a, BIT8).rearrange(SWAP8));
        c0 = c0.blend(c4, BIT4).add(c4.blend(c0, BIT4).rearrange(SWAP4));
        c1 = c1.blend(c5, BIT4).add(c5.blend(c1, BIT4).rearrange(SWAP4));
        c2 = c2.blend(c6, BIT4).add(c6.blend(c2, BIT4).rearrange(SWAP4));
        c3 = c3.blend(c7, BIT4).add(c7.blend(c3, BIT4).rearrange(SWAP4));
        c0 = c0.blend(c2, BIT2).add(c2.blend(c0, BIT2).rearrange(SWAP2));
        c1 = c1.blend(c3, BIT2).add(c3.blend(c1, BIT2).rearrange(SWAP2));
        c0.blend(c1, BIT1).add(c1.blend(c0, BIT1).rearrange(SWAP1)).intoMemorySegment(m, at, LITTLE_ENDIAN);
    }
}
