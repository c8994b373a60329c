package dev.lutra.kernels.elementwise;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Softmax} with the Vector API; the exponential is {@link VectorExp}, relative error below 1e-6 plus the rounding of {@code x - max}. */
public final class SoftmaxVector implements Softmax {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    @Override
    public void apply(FloatMatrix x, Team team) {
        Rows.share(x.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++) normalize(x.segment(), x.offset(row), x.columns());
        });
    }

    private static void normalize(MemorySegment x, long at, int n) {
        int whole = FLOATS.loopBound(n);
        float maximum = maximum(x, at, whole);
        for (int i = whole; i < n; i++) maximum = Math.max(maximum, x.get(Rows.FLOAT, at + (long) i * Float.BYTES));
        double sum = exponentials(x, at, whole, maximum);
        for (int i = whole; i < n; i++) {
            long to = at + (long) i * Float.BYTES;
            float power = (float) Math.exp(x.get(Rows.FLOAT, to) - maximum);
            x.set(Rows.FLOAT, to, power);
            sum += power;
        }
        float total = (float) sum;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long to = at + (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(FLOATS, x, to, LITTLE_ENDIAN)
                    .div(total)
                    .intoMemorySegment(x, to, LITTLE_ENDIAN);
        }
        for (int i = whole; i < n; i++) {
            long to = at + (long) i * Float.BYTES;
            x.set(Rows.FLOAT, to, x.get(Rows.FLOAT, to) / total);
        }
    }

    private static float maximum(MemorySegment x, long at, int n) {
        FloatVector maximum = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < n; i += FLOATS.length())
            maximum = maximum.max(FloatVector.fromMemorySegment(FLOATS, x, at + (long) i * Float.BYTES, LITTLE_ENDIAN));
        return maximum.reduceLanes(VectorOperators.MAX);
    }

    private static double exponentials(MemorySegment x, long at, int n, float maximum) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < n; i += FLOATS.length()) {
            long to = at + (long) i * Float.BYTES;
            FloatVector power = VectorExp.exp(
                    FloatVector.fromMemorySegment(FLOATS, x, to, LITTLE_ENDIAN).sub(maximum));
            power.intoMemorySegment(x, to, LITTLE_ENDIAN);
            sum = sum.add(power);
        }
        double total = 0;
        // not reduceLanes, whose order of additions may change when the method is compiled
        for (float lane : sum.toArray()) total += lane;
        return total;
    }
}
