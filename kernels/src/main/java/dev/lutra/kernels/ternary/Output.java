package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Where finished sums go. */
sealed interface Output {
    /** Takes the sums of rows {@code [from, to)} of {@code token}: int32 at byte {@code at} of {@code sums}. */
    void take(int token, int from, int to, MemorySegment sums, long at);

    /**
     * As they are, for comparisons between kernels.
     *
     * @param out int32 [tokens][rows]
     */
    record Integers(MemorySegment out, int rows) implements Output {
        @Override
        public void take(int token, int from, int to, MemorySegment sums, long at) {
            long target = ((long) token * rows + from) * Integer.BYTES;
            MemorySegment.copy(sums, at, out, target, (long) (to - from) * Integer.BYTES);
        }
    }

    /**
     * As {@link TernaryLinear#scaled} makes them.
     *
     * @param rowScales float32 [rows]
     */
    record Scaled(FloatMatrix out, MemorySegment rowScales, Int8Rows x) implements Output {
        private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
        private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

        @Override
        public void take(int token, int from, int to, MemorySegment sums, long at) {
            long target = out.offset(token) + (long) from * Float.BYTES;
            scale(sums, at, rowScales, (long) from * Float.BYTES, x.scale(token), out.segment(), target, to - from);
        }

        private static void scale(
                MemorySegment sums,
                long at,
                MemorySegment scales,
                long sAt,
                float s,
                MemorySegment y,
                long yAt,
                int n) {
            int whole = FLOATS.loopBound(n);
            for (int i = 0; i < whole; i += FLOATS.length()) {
                long step = (long) i * Float.BYTES;
                FloatVector sum = (FloatVector) IntVector.fromMemorySegment(INTS, sums, at + step, LITTLE_ENDIAN)
                        .convert(VectorOperators.I2F, 0);
                sum.mul(FloatVector.fromMemorySegment(FLOATS, scales, sAt + step, LITTLE_ENDIAN)
                                .div(s))
                        .intoMemorySegment(y, yAt + step, LITTLE_ENDIAN);
            }
            for (int i = whole; i < n; i++) {
                long step = (long) i * Float.BYTES;
                float value =
                        TernaryLinear.scaled(sums.get(JAVA_INT, at + step), scales.get(JAVA_FLOAT, sAt + step), s);
                y.set(JAVA_FLOAT, yAt + step, value);
            }
        }
    }
}
