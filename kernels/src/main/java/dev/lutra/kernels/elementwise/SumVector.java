package dev.lutra.kernels.elementwise;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link Sum} with the Vector API. */
public final class SumVector implements Sum {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    @Override
    public void add(FloatMatrix x, FloatMatrix y, Team team) {
        Rows.requireSameShape(x, y);
        Rows.share(y.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                addRow(x.segment(), x.offset(row), y.segment(), y.offset(row), y.columns());
        });
    }

    @Override
    public void addBias(float[] bias, FloatMatrix y, Team team) {
        if (bias.length != y.columns())
            throw new IllegalArgumentException("a bias of " + bias.length + " for rows of " + y.columns());
        Rows.share(y.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++) addBiasRow(bias, y.segment(), y.offset(row));
        });
    }

    @Override
    public void addScaled(FloatMatrix x, float factor, FloatMatrix y, Team team) {
        Rows.requireSameShape(x, y);
        Rows.share(y.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                addScaledRow(x.segment(), x.offset(row), factor, y.segment(), y.offset(row), y.columns());
        });
    }

    private static void addRow(MemorySegment x, long from, MemorySegment y, long at, int n) {
        int whole = FLOATS.loopBound(n);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(FLOATS, y, at + step, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(FLOATS, x, from + step, LITTLE_ENDIAN))
                    .intoMemorySegment(y, at + step, LITTLE_ENDIAN);
        }
        for (int i = whole; i < n; i++) {
            long step = (long) i * Float.BYTES;
            y.set(Rows.FLOAT, at + step, y.get(Rows.FLOAT, at + step) + x.get(Rows.FLOAT, from + step));
        }
    }

    private static void addBiasRow(float[] bias, MemorySegment y, long at) {
        int whole = FLOATS.loopBound(bias.length);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(FLOATS, y, at + step, LITTLE_ENDIAN)
                    .add(FloatVector.fromArray(FLOATS, bias, i))
                    .intoMemorySegment(y, at + step, LITTLE_ENDIAN);
        }
        for (int i = whole; i < bias.length; i++) {
            long step = (long) i * Float.BYTES;
            y.set(Rows.FLOAT, at + step, y.get(Rows.FLOAT, at + step) + bias[i]);
        }
    }

    private static void addScaledRow(MemorySegment x, long from, float factor, MemorySegment y, long at, int n) {
        int whole = FLOATS.loopBound(n);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long step = (long) i * Float.BYTES;
            FloatVector.fromMemorySegment(FLOATS, y, at + step, LITTLE_ENDIAN)
                    .add(FloatVector.fromMemorySegment(FLOATS, x, from + step, LITTLE_ENDIAN)
                            .mul(factor))
                    .intoMemorySegment(y, at + step, LITTLE_ENDIAN);
        }
        for (int i = whole; i < n; i++) {
            long step = (long) i * Float.BYTES;
            float product = factor * x.get(Rows.FLOAT, from + step);
            y.set(Rows.FLOAT, at + step, y.get(Rows.FLOAT, at + step) + product);
        }
    }
}
