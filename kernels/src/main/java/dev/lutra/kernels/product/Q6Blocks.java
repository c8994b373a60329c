package dev.lutra.kernels.product;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.ROL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of 256 levels of six bits, ggml's Q6_K: 128 bytes of low nibbles, 64 of upper pairs of bits, 16 int8 scales, one
 * float16 scale. Each half of a block is four quarters of 32 columns: quarter q has its nibbles in bytes {@code 32 (q % 2)} on,
 * low ones before high ones, and bits {@code 2q} of the 32 upper bytes. Needs {@link Q8Blocks#hasVectors}.
 */
public final class Q6Blocks {
    /** Bytes of a block. */
    public static final int BYTES = 210;

    /** Columns of a block. */
    public static final int COLUMNS = 256;

    private static final int HIGH = 128;
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final ValueLayout.OfShort HALF_FLOAT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Q6Blocks() {}

    /** Decodes {@code blocks} blocks at byte {@code from} to 256 floats each. */
    public static void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
        for (int i = 0; i < 8; i++) {
            long low = from + 64L * (i / 4) + 32L * (i % 2), high = from + HIGH + 32L * (i / 4);
            int down = i % 4 < 2 ? 0 : 4, turn = 4 - 2 * (i % 4) & 31;
            decode(w, low, high, from + SCALES + 2 * i, from + SCALE, blocks, down, turn, out, to + 128L * i);
        }
    }

    /**
     * One quarter of half of every block. The loop calls only methods of the Vector API, so that C2 inlines all of them, and
     * runs over blocks, so that it checks the segments once. Bytes have no shifts of their own: what the neighbour leaves is
     * masked.
     *
     * @param low where the first block's nibbles lie
     * @param high where its upper bits lie
     * @param scales where its two scales lie
     * @param scale where the scale of the block lies
     * @param down how far nibbles are shifted down
     * @param turn how far words are turned to bring the upper bits above the nibbles
     */
    private static void decode(
            MemorySegment w,
            long low,
            long high,
            long scales,
            long scale,
            int blocks,
            int down,
            int turn,
            MemorySegment out,
            long to) {
        for (int i = 0, column = 0; i < blocks * BYTES; i += BYTES, column += COLUMNS) {
            float all = Float.float16ToFloat(w.get(HALF_FLOAT, scale + i));
            float first = all * w.get(JAVA_BYTE, scales + i), second = all * w.get(JAVA_BYTE, scales + i + 1);
            for (int j = 0; j < 32; j += LANES) {
                ByteVector nibbles = ByteVector.fromMemorySegment(Quarter.SPECIES, w, low + i + j, LITTLE_ENDIAN)
                        .reinterpretAsInts()
                        .lanewise(LSHR, down)
                        .reinterpretAsBytes()
                        .and((byte) 15);
                ByteVector upper = ByteVector.fromMemorySegment(Quarter.SPECIES, w, high + i + j, LITTLE_ENDIAN)
                        .reinterpretAsInts()
                        .lanewise(ROL, turn)
                        .reinterpretAsBytes()
                        .and((byte) 0x30);
                ((FloatVector) nibbles.or(upper).sub((byte) 32).convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(j < 16 ? first : second)
                        .intoMemorySegment(out, to + 4L * (column + j), LITTLE_ENDIAN);
            }
        }
    }

    /** Apart, because there is no such species without {@link Q8Blocks#hasVectors}. */
    private static final class Quarter {
        static final VectorSpecies<Byte> SPECIES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    }
}
