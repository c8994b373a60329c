package dev.lutra.kernels.product;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

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
     * Four rows of {@code blocks} blocks, at bytes {@code p}, {@code p + apart}, ..., times one row of floats at byte
     * {@code xAt}. Row r's accumulator's lanes go to {@code out} at byte {@code at + 64 r}.
     *
     * <p>Rows that lie far apart are four streams to the processor's prefetcher, which is all the prefetching that Java has:
     * from memory they come about twice as fast as two neighbouring rows do.
     */
    public static void multiplyFour(
            MemorySegment w, long p, long apart, int blocks, MemorySegment x, long xAt, MemorySegment out, long at) {
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        long q = p + apart, r = q + apart, s = r + apart;
        // by bytes: C2 checks the bounds of i once, before the loop, but those of a product with 34 at every load
        for (int i = 0, column = 0; i < blocks * BYTES; i += BYTES, column += 32) {
            long k = xAt + 4L * column;
            float first = Float.float16ToFloat(w.get(SCALE, p + i)), second = Float.float16ToFloat(w.get(SCALE, q + i));
            float third = Float.float16ToFloat(w.get(SCALE, r + i)), fourth = Float.float16ToFloat(w.get(SCALE, s + i));
            for (int j = 0; j < 32; j += LANES) {
                FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, k + 4L * j, LITTLE_ENDIAN);
                a = ((FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, w, p + i + 2 + j, LITTLE_ENDIAN)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(first)
                        .fma(v, a);
                b = ((FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, w, q + i + 2 + j, LITTLE_ENDIAN)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(second)
                        .fma(v, b);
                c = ((FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, w, r + i + 2 + j, LITTLE_ENDIAN)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(third)
                        .fma(v, c);
                d = ((FloatVector) ByteVector.fromMemorySegment(Quarter.SPECIES, w, s + i + 2 + j, LITTLE_ENDIAN)
                                .convertShape(VectorOperators.B2F, FLOATS, 0))
                        .mul(fourth)
                        .fma(v, d);
            }
        }
        a.intoMemorySegment(out, at, LITTLE_ENDIAN);
        b.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
        c.intoMemorySegment(out, at + 128, LITTLE_ENDIAN);
        d.intoMemorySegment(out, at + 192, LITTLE_ENDIAN);
    }

    /** Apart, because there is no such species where {@link #hasVectors} is false. */
    private static final class Quarter {
        static final VectorSpecies<Byte> SPECIES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 4));
    }
}
