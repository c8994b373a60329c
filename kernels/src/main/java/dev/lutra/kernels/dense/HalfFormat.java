package dev.lutra.kernels.dense;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.Float16;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.RowFormat;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Float16 or bfloat16 rows; four at a time are multiplied by one token without being stored. */
record HalfFormat(FloatRows weights) implements RowFormat {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

    @Override
    public int rows() {
        return weights.rows();
    }

    @Override
    public int columns() {
        return weights.columns();
    }

    @Override
    public void decode(int from, int to, MemorySegment out, long at) {
        int columns = columns(), whole = FLOATS.loopBound(columns);
        for (int row = from; row < to; row++) {
            long target = at + (long) (row - from) * columns * Float.BYTES;
            if (weights.type() == GgmlType.F16) Float16.decode(weights.data(), weights.offset(row), whole, out, target);
            else decodeBfloat16(weights.data(), weights.offset(row), whole, out, target);
            for (int k = whole; k < columns; k++)
                out.set(JAVA_FLOAT, target + (long) k * Float.BYTES, weights.get(row, k));
        }
    }

    private static void decodeBfloat16(MemorySegment w, long at, int n, MemorySegment out, long to) {
        for (int i = 0; i < n; i += FLOATS.length())
            bfloat16(w, at + 2L * i).intoMemorySegment(out, to + 4L * i, LITTLE_ENDIAN);
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        int quarter = (to - from) / 4;
        for (int row = from; row < from + quarter; row++) multiplyFour(row, quarter, x, token, y, scratch, at);
        // up to three rows are left: each is multiplied as if it were four
        for (int row = from + 4 * quarter; row < to; row++) multiplyFour(row, 0, x, token, y, scratch, at);
    }

    /** Rows {@code row}, {@code row + apart} and so on: memory delivers four distant streams faster than one. */
    private void multiplyFour(
            int row, int apart, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        int whole = FLOATS.loopBound(columns());
        long p = weights.offset(row), bytes = weights.offset(row + apart) - p, xAt = x.offset(token);
        if (weights.type() == GgmlType.F16) float16Four(weights.data(), p, bytes, x.segment(), xAt, whole, scratch, at);
        else bfloat16Four(weights.data(), p, bytes, x.segment(), xAt, whole, scratch, at);
        for (int i = 0; i < 4; i++) {
            int target = row + i * apart;
            float sum = LaneSums.one(scratch, at + (long) LaneSums.SLOT * i);
            y.set(token, target, finish(target, x, token, whole, sum));
        }
    }

    private float finish(int row, FloatMatrix x, int token, int whole, float sum) {
        for (int k = whole; k < columns(); k++) sum = Math.fma(weights.get(row, k), x.get(token, k), sum);
        return sum;
    }

    private static void float16Four(
            MemorySegment w, long p, long apart, MemorySegment x, long xAt, int n, MemorySegment out, long at) {
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        long q = p + apart, r = q + apart, s = r + apart;
        for (int i = 0; i < n; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xAt + 4L * i, LITTLE_ENDIAN);
            a = Float16.load(w, p + 2L * i).fma(v, a);
            b = Float16.load(w, q + 2L * i).fma(v, b);
            c = Float16.load(w, r + 2L * i).fma(v, c);
            d = Float16.load(w, s + 2L * i).fma(v, d);
        }
        store(a, b, c, d, out, at);
    }

    private static void bfloat16Four(
            MemorySegment w, long p, long apart, MemorySegment x, long xAt, int n, MemorySegment out, long at) {
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        long q = p + apart, r = q + apart, s = r + apart;
        for (int i = 0; i < n; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xAt + 4L * i, LITTLE_ENDIAN);
            a = bfloat16(w, p + 2L * i).fma(v, a);
            b = bfloat16(w, q + 2L * i).fma(v, b);
            c = bfloat16(w, r + 2L * i).fma(v, c);
            d = bfloat16(w, s + 2L * i).fma(v, d);
        }
        store(a, b, c, d, out, at);
    }

    private static FloatVector bfloat16(MemorySegment w, long at) {
        IntVector h = (IntVector)
                ShortVector.fromMemorySegment(HALVES, w, at, LITTLE_ENDIAN).convertShape(ZERO_EXTEND_S2I, INTS, 0);
        return h.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    private static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector d, MemorySegment out, long at) {
        a.intoMemorySegment(out, at, LITTLE_ENDIAN);
        b.intoMemorySegment(out, at + LaneSums.SLOT, LITTLE_ENDIAN);
        c.intoMemorySegment(out, at + 2 * LaneSums.SLOT, LITTLE_ENDIAN);
        d.intoMemorySegment(out, at + 3 * LaneSums.SLOT, LITTLE_ENDIAN);
    }
}
