package dev.lutra.kernels.elementwise;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** {@link RmsNorm} with the Vector API. Squares are summed in double lanes: within one rounding of the specification. */
public final class RmsNormVector implements RmsNorm {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    /** As many floats as there are doubles in a vector. */
    private static final VectorSpecies<Float> HALF =
            VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

    @Override
    public void apply(FloatMatrix x, float[] weight, float epsilon, FloatMatrix y, Team team) {
        RmsNorm.checkShapes(x, weight, y);
        Rows.share(x.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int part = 0; part < x.columns(); part += weight.length) {
                    long at = (long) part * Float.BYTES;
                    normalize(x.segment(), x.offset(row) + at, weight, epsilon, y.segment(), y.offset(row) + at);
                }
        });
    }

    private static void normalize(MemorySegment x, long at, float[] weight, float epsilon, MemorySegment y, long to) {
        double squares = sumOfSquares(x, at, weight.length);
        float factor = (float) (1 / Math.sqrt(squares / weight.length + epsilon));
        int whole = FLOATS.loopBound(weight.length);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(FLOATS, x, at + step, LITTLE_ENDIAN)
                    .mul(factor)
                    .mul(FloatVector.fromArray(FLOATS, weight, i))
                    .intoMemorySegment(y, to + step, LITTLE_ENDIAN);
        }
        for (int i = whole; i < weight.length; i++) {
            long step = (long) i * Float.BYTES;
            y.set(Rows.FLOAT, to + step, x.get(Rows.FLOAT, at + step) * factor * weight[i]);
        }
    }

    private static double sumOfSquares(MemorySegment x, long at, int length) {
        DoubleVector sum = DoubleVector.zero(DOUBLES);
        int whole = DOUBLES.loopBound(length);
        for (int i = 0; i < whole; i += DOUBLES.length()) {
            DoubleVector v =
                    (DoubleVector) FloatVector.fromMemorySegment(HALF, x, at + (long) i * Float.BYTES, LITTLE_ENDIAN)
                            .castShape(DOUBLES, 0);
            sum = sum.add(v.mul(v));
        }
        double[] lanes = sum.toArray();
        double total = 0;
        // not reduceLanes, whose order of additions may change when the method is compiled
        for (double lane : lanes) total += lane;
        for (int i = whole; i < length; i++) {
            double v = x.get(Rows.FLOAT, at + (long) i * Float.BYTES);
            total += v * v;
        }
        return total;
    }
}
