package dev.lutra.kernels.product;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of a float16 scale and 32 nibbles, ggml's Q4_0: columns 0 to 15 in low nibbles, 16 to 31 in high ones, less 8. Scale
 * times level is exact in float32, so decoding first or multiplying at once gives the same bits. Needs
 * {@link Q8Blocks#hasVectors}.
 */
public final class Q4Blocks {
    /** Bytes of a block. */
    public static final int BYTES = 18;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final ValueLayout.OfShort SCALE = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Q4Blocks() {}

    /** Decodes {@code blocks} blocks at byte {@code from} to 32 floats each. */
    public static void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
        for (int b = 0; b < blocks; b++) {
            long block = from + (long) b * BYTES, target = to + 128L * b;
            float scale = Float.float16ToFloat(w.get(SCALE, block));
            for (int i = 0; i < 16; i += LANES) {
                low(w, block + 2 + i).mul(scale).intoMemorySegment(out, target + 4L * i, LITTLE_ENDIAN);
                high(w, block + 2 + i).mul(scale).intoMemorySegment(out, target + 64 + 4L * i, LITTLE_ENDIAN);
            }
        }
    }

    /** As {@link Q8Blocks#multiplyFour}. */
    public static void multiplyFour(long rows, long apart, int blocks, long x, long sums) {
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        long p = bounded(rows), q = bounded(p + apart), r = bounded(q + apart), s = bounded(r + apart), v = bounded(x);
        for (int i = 0; i < blocks; i++) {
            long block = (long) i * BYTES;
            float first = scale(p + block), second = scale(q + block), third = scale(r + block);
            float fourth = scale(s + block);
            // loops of calls to the Vector API only: C2 would not inline others here, and box the vectors
            for (int j = 0; j < 16; j += LANES) {
                FloatVector y = FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 128L * i + 4L * j, LITTLE_ENDIAN);
                a = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, p + block + 2 + j, LITTLE_ENDIAN)
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(first)
                        .fma(y, a);
                b = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, q + block + 2 + j, LITTLE_ENDIAN)
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(second)
                        .fma(y, b);
                c = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, r + block + 2 + j, LITTLE_ENDIAN)
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(third)
                        .fma(y, c);
                d = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, s + block + 2 + j, LITTLE_ENDIAN)
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(fourth)
                        .fma(y, d);
            }
            for (int j = 0; j < 16; j += LANES) {
                FloatVector y =
                        FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 128L * i + 64 + 4L * j, LITTLE_ENDIAN);
                a = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, p + block + 2 + j, LITTLE_ENDIAN)
                                        .reinterpretAsShorts()
                                        .lanewise(LSHR, 4)
                                        .reinterpretAsBytes()
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(first)
                        .fma(y, a);
                b = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, q + block + 2 + j, LITTLE_ENDIAN)
                                        .reinterpretAsShorts()
                                        .lanewise(LSHR, 4)
                                        .reinterpretAsBytes()
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(second)
                        .fma(y, b);
                c = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, r + block + 2 + j, LITTLE_ENDIAN)
                                        .reinterpretAsShorts()
                                        .lanewise(LSHR, 4)
                                        .reinterpretAsBytes()
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(third)
                        .fma(y, c);
                d = ((FloatVector)
                                ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, s + block + 2 + j, LITTLE_ENDIAN)
                                        .reinterpretAsShorts()
                                        .lanewise(LSHR, 4)
                                        .reinterpretAsBytes()
                                        .and((byte) 15)
                                        .sub((byte) 8)
                                        .convertShape(B2F, FLOATS, 0))
                        .mul(fourth)
                        .fma(y, d);
            }
        }
        long at = bounded(sums);
        a.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        b.intoMemorySegment(MEMORY, at + 64, LITTLE_ENDIAN);
        c.intoMemorySegment(MEMORY, at + 128, LITTLE_ENDIAN);
        d.intoMemorySegment(MEMORY, at + 192, LITTLE_ENDIAN);
    }

    private static float scale(long at) {
        return Float.float16ToFloat(MEMORY.get(SCALE, at));
    }

    private static FloatVector low(MemorySegment w, long at) {
        return levels(ByteVector.fromMemorySegment(Quarter.SPECIES, w, at, LITTLE_ENDIAN));
    }

    private static FloatVector high(MemorySegment w, long at) {
        // bytes have no shift of their own: what the neighbour leaves in the upper bits is masked
        return levels(ByteVector.fromMemorySegment(Quarter.SPECIES, w, at, LITTLE_ENDIAN)
                .reinterpretAsShorts()
                .lanewise(LSHR, 4)
                .reinterpretAsBytes());
    }

    private static FloatVector levels(ByteVector nibbles) {
        return (FloatVector) nibbles.and((byte) 15).sub((byte) 8).convertShape(B2F, FLOATS, 0);
    }

    /** Apart, because there is no such species without {@link Q8Blocks#hasVectors}. */
    private static final class Quarter {
        static final VectorSpecies<Byte> SPECIES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    }
}
