package dev.lutra.kernels.product;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.lutra.kernels.memory.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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

    /** Columns that share a scale. */
    private static final int SUB = 16;

    private static final int HIGH = 128;
    private static final int SCALES = 192;
    private static final int SCALE = 208;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final VectorSpecies<Byte> BYTES32 = ByteVector.SPECIES_256;
    private static final ValueLayout.OfShort HALF_FLOAT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Q6Blocks() {}

    /** Decodes {@code blocks} blocks at byte {@code from} to 256 floats each. */
    public static void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
        long block = AddressSpace.address(w, from, (long) blocks * BYTES);
        long floats = AddressSpace.address(out, to, (long) blocks * COLUMNS * Float.BYTES);
        for (int i = 0; i < blocks; i++, block += BYTES, floats += COLUMNS * Float.BYTES) {
            // in place: when the last quarter of the floats is written, the levels there have been read
            long levels = floats + (COLUMNS * Float.BYTES - COLUMNS);
            levels(block, levels);
            widen(block, levels, floats);
        }
    }

    /** Multiplies levels by their scales: float [256], from the first on. */
    private static void widen(long block, long levels, long to) {
        long scales = bounded(block), from = bounded(levels), floats = bounded(to);
        float all = Float.float16ToFloat(MEMORY.get(HALF_FLOAT, scales + SCALE));
        for (int i = 0; i < COLUMNS; i += LANES)
            floats(from + i)
                    .mul(all * MEMORY.get(JAVA_BYTE, scales + SCALES + i / SUB))
                    .intoMemorySegment(MEMORY, floats + 4L * i, LITTLE_ENDIAN);
    }

    /** Bytes of work memory that {@link #multiplyFour} needs: levels and scales of a block of four rows. */
    public static final int WORK_BYTES = 4 * (COLUMNS + COLUMNS / SUB * Float.BYTES);

    /**
     * As {@link Q8Blocks#multiplyFour}, of blocks that are first rewritten as int8 with a float scale for every 16 columns,
     * which costs less than bringing six bits to floats in one loop with everything else. One block of each row at a time, so
     * that the processor multiplies one while it waits for the next: by whole rows it takes 1.7 times as long from memory.
     *
     * @param work address of {@link #WORK_BYTES}
     */
    public static void multiplyFour(long rows, long apart, int blocks, long x, long sums, long work) {
        long scales = work + 4L * COLUMNS, scalesApart = COLUMNS / SUB * Float.BYTES;
        FloatProduct.clear(sums);
        for (int i = 0; i < blocks; i++) {
            long block = rows + (long) i * BYTES;
            for (int row = 0; row < 4; row++) {
                levels(block + row * apart, work + (long) row * COLUMNS);
                scales(block + row * apart, scales + row * scalesApart);
            }
            add(work, scales, x + (long) i * COLUMNS * Float.BYTES, sums);
        }
    }

    /** Writes a block as int8 [256]. */
    private static void levels(long block, long levels) {
        long from = bounded(block), to = bounded(levels);
        for (int half = 0; half < 2; half++, from += 64, to += 128) {
            ByteVector first = ByteVector.fromMemorySegment(BYTES32, MEMORY, from, LITTLE_ENDIAN);
            ByteVector second = ByteVector.fromMemorySegment(BYTES32, MEMORY, from + 32, LITTLE_ENDIAN);
            // 32 bytes of upper bits for 64 of nibbles
            ByteVector high = ByteVector.fromMemorySegment(BYTES32, MEMORY, from + HIGH - 32 * half, LITTLE_ENDIAN);
            IntVector turned = high.reinterpretAsInts();
            first.and((byte) 15)
                    .or(turned.lanewise(LSHL, 4).reinterpretAsBytes().and((byte) 0x30))
                    .sub((byte) 32)
                    .intoMemorySegment(MEMORY, to, LITTLE_ENDIAN);
            second.and((byte) 15)
                    .or(turned.lanewise(LSHL, 2).reinterpretAsBytes().and((byte) 0x30))
                    .sub((byte) 32)
                    .intoMemorySegment(MEMORY, to + 32, LITTLE_ENDIAN);
            first.reinterpretAsInts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsBytes()
                    .and((byte) 15)
                    .or(high.and((byte) 0x30))
                    .sub((byte) 32)
                    .intoMemorySegment(MEMORY, to + 64, LITTLE_ENDIAN);
            second.reinterpretAsInts()
                    .lanewise(LSHR, 4)
                    .reinterpretAsBytes()
                    .and((byte) 15)
                    .or(turned.lanewise(LSHR, 2).reinterpretAsBytes().and((byte) 0x30))
                    .sub((byte) 32)
                    .intoMemorySegment(MEMORY, to + 96, LITTLE_ENDIAN);
        }
    }

    /** Writes the block's scale times those of its parts: float [16]. Apart, as C2 inlines only so much into one method. */
    private static void scales(long block, long scales) {
        long from = bounded(block), to = bounded(scales);
        float all = Float.float16ToFloat(MEMORY.get(HALF_FLOAT, from + SCALE));
        for (int j = 0; j < COLUMNS / SUB; j += LANES)
            floats(from + SCALES + j).mul(all).intoMemorySegment(MEMORY, to + 4L * j, LITTLE_ENDIAN);
    }

    /** Adds the products of a rewritten block of four rows to their accumulators. */
    private static void add(long levels, long scales, long x, long sums) {
        long p = bounded(levels), f = bounded(scales), v = bounded(x), at = bounded(sums);
        FloatVector a = FloatVector.fromMemorySegment(FLOATS, MEMORY, at, LITTLE_ENDIAN);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 64, LITTLE_ENDIAN);
        FloatVector c = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 128, LITTLE_ENDIAN);
        FloatVector d = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 192, LITTLE_ENDIAN);
        for (int i = 0; i < COLUMNS / SUB; i++) {
            long scale = f + (long) Float.BYTES * i;
            float first = MEMORY.get(JAVA_FLOAT_UNALIGNED, scale),
                    second = MEMORY.get(JAVA_FLOAT_UNALIGNED, scale + 64);
            float third = MEMORY.get(JAVA_FLOAT_UNALIGNED, scale + 128);
            float fourth = MEMORY.get(JAVA_FLOAT_UNALIGNED, scale + 192);
            for (int j = 0; j < SUB; j += LANES) {
                long column = (long) SUB * i + j, q = p + column;
                FloatVector y = FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 4 * column, LITTLE_ENDIAN);
                a = floats(q).mul(first).fma(y, a);
                b = floats(q + COLUMNS).mul(second).fma(y, b);
                c = floats(q + 2 * COLUMNS).mul(third).fma(y, c);
                d = floats(q + 3 * COLUMNS).mul(fourth).fma(y, d);
            }
        }
        a.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        b.intoMemorySegment(MEMORY, at + 64, LITTLE_ENDIAN);
        c.intoMemorySegment(MEMORY, at + 128, LITTLE_ENDIAN);
        d.intoMemorySegment(MEMORY, at + 192, LITTLE_ENDIAN);
    }

    private static FloatVector floats(long at) {
        return (FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, at, LITTLE_ENDIAN)
                .convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    /** Apart, because there is no such species without {@link Q8Blocks#hasVectors}. */
    private static final class Quarter {
        static final VectorSpecies<Byte> SPECIES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    }
}
