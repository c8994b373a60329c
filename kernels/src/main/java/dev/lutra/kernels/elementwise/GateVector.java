package dev.lutra.kernels.elementwise;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link Gate} with the Vector API; the exponential is {@link VectorExp}, relative error below 1e-6. */
public final class GateVector implements Gate {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    @Override
    public void apply(Activation activation, FloatMatrix gate, FloatMatrix up, FloatMatrix y, Team team) {
        Rows.requireSameShape(gate, up);
        Rows.requireSameShape(gate, y);
        int columns = gate.columns(), whole = FLOATS.loopBound(columns);
        Rows.share(gate.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++) {
                long g = gate.offset(row), u = up.offset(row), out = y.offset(row);
                switch (activation) {
                    case SILU -> silu(gate.segment(), g, up.segment(), u, y.segment(), out, whole);
                    case SQUARED_RELU -> squaredRelu(gate.segment(), g, up.segment(), u, y.segment(), out, whole);
                    case SIGMOID -> sigmoid(gate.segment(), g, up.segment(), u, y.segment(), out, whole);
                }
                for (int i = whole; i < columns; i++)
                    y.set(row, i, GateScalar.value(activation, gate.get(row, i)) * up.get(row, i));
            }
        });
    }

    private static void silu(MemorySegment g, long gAt, MemorySegment u, long uAt, MemorySegment y, long at, int n) {
        for (int i = 0; i < n; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, g, gAt + step, LITTLE_ENDIAN);
            x.div(VectorExp.exp(x.neg()).add(1f))
                    .mul(FloatVector.fromMemorySegment(FLOATS, u, uAt + step, LITTLE_ENDIAN))
                    .intoMemorySegment(y, at + step, LITTLE_ENDIAN);
        }
    }

    private static void sigmoid(MemorySegment g, long gAt, MemorySegment u, long uAt, MemorySegment y, long at, int n) {
        for (int i = 0; i < n; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, g, gAt + step, LITTLE_ENDIAN);
            FloatVector.broadcast(FLOATS, 1f)
                    .div(VectorExp.exp(x.neg()).add(1f))
                    .mul(FloatVector.fromMemorySegment(FLOATS, u, uAt + step, LITTLE_ENDIAN))
                    .intoMemorySegment(y, at + step, LITTLE_ENDIAN);
        }
    }

    private static void squaredRelu(
            MemorySegment g, long gAt, MemorySegment u, long uAt, MemorySegment y, long at, int n) {
        for (int i = 0; i < n; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, g, gAt + step, LITTLE_ENDIAN)
                    .max(0f);
            x.mul(x)
                    .mul(FloatVector.fromMemorySegment(FLOATS, u, uAt + step, LITTLE_ENDIAN))
                    .intoMemorySegment(y, at + step, LITTLE_ENDIAN);
        }
    }
}
