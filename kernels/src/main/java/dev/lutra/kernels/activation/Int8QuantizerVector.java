package dev.lutra.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Int8Quantizer} with the Vector API. Rounding adds 1.5 * 2^23: a float of that size has no fraction bits left, so the
 * addition itself rounds half to even and the low bits are the integer.
 */
public final class Int8QuantizerVector implements Int8Quantizer {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final float ROUNDING = 0x1.8p23f;
    private static final int ROUNDING_BITS = Float.floatToRawIntBits(ROUNDING);

    @Override
    public void quantize(FloatMatrix x, Int8Rows out, int from, int to) {
        int whole = FLOATS.loopBound(x.columns());
        for (int token = from; token < to; token++) {
            MemorySegment source = x.segment();
            long row = x.offset(token), target = out.offset(token);
            float maximum = maximum(source, row, whole);
            for (int k = whole; k < x.columns(); k++)
                maximum = Math.max(maximum, Math.abs(source.get(JAVA_FLOAT, row + (long) k * Float.BYTES)));
            float scale = 127 / maximum;
            int sum = round(source, row, scale, whole, out.values(), target);
            for (int k = whole; k < x.columns(); k++) {
                byte q = Int8QuantizerScalar.round(source.get(JAVA_FLOAT, row + (long) k * Float.BYTES), scale);
                out.values().set(JAVA_BYTE, target + k, q);
                sum += q;
            }
            out.setRow(token, scale, sum);
        }
    }

    /** The maximum of magnitudes, compared as integers: for non-negative floats that is the same order, NaN on top. */
    private static float maximum(MemorySegment x, long at, int columns) {
        IntVector maximum = IntVector.broadcast(INTS, Float.floatToRawIntBits(Int8Rows.SMALLEST_MAXIMUM));
        for (int k = 0; k < columns; k += LANES)
            maximum = maximum.max(IntVector.fromMemorySegment(INTS, x, at + (long) k * Float.BYTES, LITTLE_ENDIAN)
                    .and(Integer.MAX_VALUE));
        return Float.intBitsToFloat(maximum.reduceLanes(VectorOperators.MAX));
    }

    private static int round(MemorySegment x, long at, float scale, int columns, MemorySegment out, long to) {
        IntVector sum = IntVector.zero(INTS);
        for (int k = 0; k < columns; k += LANES) {
            IntVector q = FloatVector.fromMemorySegment(FLOATS, x, at + (long) k * Float.BYTES, LITTLE_ENDIAN)
                    .mul(scale)
                    .add(ROUNDING)
                    .reinterpretAsInts()
                    .sub(ROUNDING_BITS);
            sum = sum.add(q);
            narrow(q, out, to + k);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private static void narrow(IntVector q, MemorySegment out, long at) {
        ByteVector bytes = (ByteVector) q.convertShape(VectorOperators.I2B, Narrow.BYTES, 0);
        // four lanes make half of the smallest vector of bytes: storing it whole would reach into the next row
        if (LANES == 4)
            out.set(JAVA_INT_UNALIGNED, at, bytes.reinterpretAsInts().lane(0));
        else bytes.intoMemorySegment(out, at, LITTLE_ENDIAN);
    }

    /** The species of bytes with as many lanes as there are ints, or the smallest. */
    private static final class Narrow {
        static final VectorSpecies<Byte> BYTES =
                VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));
    }
}
