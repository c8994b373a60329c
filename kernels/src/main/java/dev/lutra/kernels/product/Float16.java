package dev.lutra.kernels.product;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Float16 to float32 with the Vector API, which has no half-precision vectors in JDK 25: exponent and fraction are shifted
 * into place and a multiplication by 2^112 mends the bias, for subnormal numbers too. Exact for every value.
 */
public final class Float16 {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));
    private static final int INFINITE = 0x7C00;

    private Float16() {}

    /** A vector of float16 at byte {@code at}. */
    private static FloatVector load(MemorySegment m, long at) {
        IntVector h = (IntVector)
                ShortVector.fromMemorySegment(HALVES, m, at, LITTLE_ENDIAN).convertShape(ZERO_EXTEND_S2I, INTS, 0);
        IntVector magnitude = h.and(0x7FFF);
        return magnitude
                .lanewise(LSHL, 13)
                .reinterpretAsFloats()
                .mul(0x1p112f)
                .reinterpretAsInts()
                .lanewise(OR, 0x7F800000, magnitude.compare(GE, INFINITE))
                .or(h.sub(magnitude).lanewise(LSHL, 16))
                .reinterpretAsFloats();
    }

    /** Decodes {@code n} values, a multiple of the vector's lanes, from one address to another. */
    public static void decode(long from, int n, long to) {
        long in = bounded(from), out = bounded(to);
        for (int i = 0; i < n; i += FLOATS.length())
            load(MEMORY, in + 2L * i).intoMemorySegment(MEMORY, out + 4L * i, LITTLE_ENDIAN);
    }
}
