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

/** Float16 or bfloat16 rows; two at a time are multiplied by one token without being stored. */
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
        for (int i = 0; i < n; i += FLOATS.length()) {
            IntVector h = (IntVector) ShortVector.fromMemorySegment(HALVES, w, at + 2L * i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_S2I, INTS, 0);
            h.lanewise(LSHL, 16).reinterpretAsFloats().intoMemorySegment(out, to + 4L * i, LITTLE_ENDIAN);
        }
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        int whole = FLOATS.loopBound(columns());
        for (int row = from; row < to; row += 2) {
            // the last row of an odd number is computed twice rather than alone
            int second = Math.min(row + 1, to - 1);
            long p = weights.offset(row), q = weights.offset(second), xAt = x.offset(token);
            if (weights.type() == GgmlType.F16) float16Pair(weights.data(), p, q, x.segment(), xAt, whole, scratch, at);
            else bfloat16Pair(weights.data(), p, q, x.segment(), xAt, whole, scratch, at);
            y.set(token, row, finish(row, x, token, whole, LaneSums.one(scratch, at)));
            y.set(token, second, finish(second, x, token, whole, LaneSums.one(scratch, at + 64)));
        }
    }

    private float finish(int row, FloatMatrix x, int token, int whole, float sum) {
        for (int k = whole; k < columns(); k++) sum = Math.fma(weights.get(row, k), x.get(token, k), sum);
        return sum;
    }

    private static void float16Pair(
            MemorySegment w, long p, long q, MemorySegment x, long xAt, int n, MemorySegment out, long at) {
        FloatVector a = FloatVector.zero(FLOATS), b = a;
        for (int i = 0; i < n; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xAt + 4L * i, LITTLE_ENDIAN);
            a = Float16.load(w, p + 2L * i).fma(v, a);
            b = Float16.load(w, q + 2L * i).fma(v, b);
        }
        a.intoMemorySegment(out, at, LITTLE_ENDIAN);
        b.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
    }

    private static void bfloat16Pair(
            MemorySegment w, long p, long q, MemorySegment x, long xAt, int n, MemorySegment out, long at) {
        FloatVector a = FloatVector.zero(FLOATS), b = a;
        for (int i = 0; i < n; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xAt + 4L * i, LITTLE_ENDIAN);
            IntVector h = (IntVector) ShortVector.fromMemorySegment(HALVES, w, p + 2L * i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_S2I, INTS, 0);
            a = h.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a);
            h = (IntVector) ShortVector.fromMemorySegment(HALVES, w, q + 2L * i, LITTLE_ENDIAN)
                    .convertShape(ZERO_EXTEND_S2I, INTS, 0);
            b = h.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, b);
        }
        a.intoMemorySegment(out, at, LITTLE_ENDIAN);
        b.intoMemorySegment(out, at + 64, LITTLE_ENDIAN);
    }
}
