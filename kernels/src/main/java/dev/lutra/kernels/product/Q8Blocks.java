package dev.lutra.kernels.product;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Blocks of a float16 scale and 32 int8, ggml's Q8_0. Scale times int8 is exact in float32, so decoding first or multiplying
 * at once gives the same bits.
 */
public final class Q8Blocks {
    /** Bytes of a block. */
    public static final int BYTES = 34;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final ValueLayout.OfShort SCALE = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private Q8Blocks() {}

    /** Whether a quarter of this machine's vectors is still a vector, as bytes that widen to floats need. */
    public static boolean hasVectors() {
        return FLOATS.vectorBitSize() >= 256;
    }

    /** Decodes {@code blocks} blocks at byte {@code from} to 32 floats each. */
    public static void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
        if (hasVectors()) decodeVectors(w, from, blocks, out, to);
        else
            for (int b = 0; b < blocks; b++) {
                long block = from + (long) b * BYTES;
                float scale = Float.float16ToFloat(w.get(SCALE, block));
                for (long i = 0; i < 32; i++)
                    out.set(JAVA_FLOAT, to + 128L * b + 4 * i, scale * w.get(JAVA_BYTE, block + 2 + i));
            }
    }

    private static void decodeVectors(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
        for (int b = 0; b < blocks; b++) {
            long block = from + (long) b * BYTES;
            float scale = Float.float16ToFloat(w.get(SCALE, block));
            for (int i = 0; i < 32; i += LANES) {
                FloatVector q =
                        (FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, w, block + 2 + i, LITTLE_ENDIAN)
                                .convertShape(VectorOperators.B2F, FLOATS, 0);
                q.mul(scale).intoMemorySegment(out, to + 128L * b + 4L * i, LITTLE_ENDIAN);
            }
        }
    }

    /**
     * Four rows of {@code blocks} blocks, {@code apart} bytes from one to the next, times one row of floats. Row r's
     * accumulator's lanes go to {@code sums + 64 r}.
     *
     * <p>Rows that lie far apart are four streams to the processor's prefetcher, which is all the prefetching that Java has:
     * from memory they come about twice as fast as two neighbouring rows do.
     *
     * @param rows, x, sums addresses in {@link AddressSpace}
     */
    public static void multiplyFour(long rows, long apart, int blocks, long x, long sums) {
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        long p = bounded(rows), q = bounded(p + apart), r = bounded(q + apart), s = bounded(r + apart), v = bounded(x);
        for (int i = 0; i < blocks; i++) {
            long block = (long) i * BYTES;
            float first = scale(p + block), second = scale(q + block), third = scale(r + block);
            float fourth = scale(s + block);
            for (int j = 0; j < 32; j += LANES) {
                FloatVector y = FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 128L * i + 4L * j, LITTLE_ENDIAN);
                a = levels(p + block + 2 + j).mul(first).fma(y, a);
                b = levels(q + block + 2 + j).mul(second).fma(y, b);
                c = levels(r + block + 2 + j).mul(third).fma(y, c);
                d = levels(s + block + 2 + j).mul(fourth).fma(y, d);
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

    private static FloatVector levels(long at) {
        return (FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, MEMORY, at, LITTLE_ENDIAN)
                .convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    /** Apart, because there is no such species where {@link #hasVectors} is false. */
    private static final class Quarter {
        static final VectorSpecies<Byte> SPECIES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    }
}
