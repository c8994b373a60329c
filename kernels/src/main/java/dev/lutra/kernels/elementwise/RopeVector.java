package dev.lutra.kernels.elementwise;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link Rope} with the Vector API: the same roundings as the specification, so the same bits. */
public final class RopeVector implements Rope {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    @Override
    public void apply(FloatMatrix x, int headLength, int firstPosition, RopeTable table, Team team) {
        Rope.checkShapes(x, headLength, firstPosition, table);
        Rows.share(x.rows(), team, (from, to) -> {
            for (int row = from; row < to; row++)
                for (int head = 0; head < x.columns(); head += headLength)
                    rotate(x.segment(), x.offset(row) + (long) head * Float.BYTES, firstPosition + row, table);
        });
    }

    private static void rotate(MemorySegment x, long at, int position, RopeTable table) {
        int pairs = table.pairs(), angle = position * pairs, whole = FLOATS.loopBound(pairs);
        float[] cosines = table.cos(), sines = table.sin();
        long half = (long) pairs * Float.BYTES;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long first = at + (long) i * Float.BYTES;
            FloatVector cos = FloatVector.fromArray(FLOATS, cosines, angle + i);
            FloatVector sin = FloatVector.fromArray(FLOATS, sines, angle + i);
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, x, first, LITTLE_ENDIAN);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, x, first + half, LITTLE_ENDIAN);
            a.mul(cos).sub(b.mul(sin)).intoMemorySegment(x, first, LITTLE_ENDIAN);
            b.mul(cos).add(a.mul(sin)).intoMemorySegment(x, first + half, LITTLE_ENDIAN);
        }
        for (int i = whole; i < pairs; i++) {
            long first = at + (long) i * Float.BYTES;
            float a = x.get(Rows.FLOAT, first), b = x.get(Rows.FLOAT, first + half);
            x.set(Rows.FLOAT, first, a * cosines[angle + i] - b * sines[angle + i]);
            x.set(Rows.FLOAT, first + half, b * cosines[angle + i] + a * sines[angle + i]);
        }
    }
}
