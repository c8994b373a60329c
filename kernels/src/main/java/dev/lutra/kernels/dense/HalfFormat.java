package dev.lutra.kernels.dense;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.Float16;
import dev.lutra.kernels.product.FloatProduct;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
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

    /** Columns of a row that are widened at once, so that four rows of floats stay in the nearest cache. */
    private static final int CHUNK = 256;

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
            long in = AddressSpace.address(weights.data(), weights.offset(row), 2L * whole);
            long floats = AddressSpace.address(out, target, (long) whole * Float.BYTES);
            if (weights.type() == GgmlType.F16) Float16.decode(in, whole, floats);
            else decodeBfloat16(in, whole, floats);
            for (int k = whole; k < columns; k++)
                out.set(JAVA_FLOAT, target + (long) k * Float.BYTES, weights.get(row, k));
        }
    }

    private static void decodeBfloat16(long from, int n, long to) {
        long in = bounded(from), out = bounded(to);
        for (int i = 0; i < n; i += FLOATS.length())
            bfloat16(in + 2L * i).intoMemorySegment(MEMORY, out + 4L * i, LITTLE_ENDIAN);
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        long sums = AddressSpace.address(scratch, at, StripProduct.scratchBytes(columns()));
        int quarter = (to - from) / 4;
        for (int row = from; row < from + quarter; row++) multiplyFour(row, quarter, x, token, y, sums);
        // up to three rows are left: each is multiplied as if it were four
        for (int row = from + 4 * quarter; row < to; row++) multiplyFour(row, 0, x, token, y, sums);
    }

    /** Rows {@code row}, {@code row + apart} and so on: memory delivers four distant streams faster than one. */
    private void multiplyFour(int row, int apart, FloatMatrix x, int token, FloatMatrix y, long sums) {
        int whole = FLOATS.loopBound(columns());
        long p = weights.offset(row),
                bytes = weights.offset(row + apart) - p,
                end = weights.offset(row + 3 * apart + 1);
        long rows = AddressSpace.address(weights.data(), p, end - p);
        long values = AddressSpace.address(x.segment(), x.offset(token), (long) columns() * Float.BYTES);
        if (weights.type() == GgmlType.F16) float16Four(rows, bytes, values, whole, sums);
        else bfloat16Four(rows, bytes, values, whole, sums);
        for (int i = 0; i < 4; i++) {
            int target = row + i * apart;
            float sum = LaneSums.one(MEMORY, sums + (long) LaneSums.SLOT * i);
            y.set(token, target, finish(target, x, token, whole, sum));
        }
    }

    private float finish(int row, FloatMatrix x, int token, int whole, float sum) {
        for (int k = whole; k < columns(); k++) sum = Math.fma(weights.get(row, k), x.get(token, k), sum);
        return sum;
    }

    /** By way of floats in the nearest cache: widening in the loop of products is more than C2 takes up. */
    private static void float16Four(long rows, long apart, long x, int n, long sums) {
        long floats = sums + FloatProduct.SCRATCH_BYTES;
        FloatProduct.clear(sums);
        for (int from = 0; from < n; from += CHUNK) {
            int chunk = Math.min(CHUNK, n - from);
            long stride = (long) chunk * Float.BYTES;
            for (int row = 0; row < 4; row++)
                Float16.decode(rows + row * apart + 2L * from, chunk, floats + row * stride);
            FloatProduct.add(floats, stride, x + 4L * from, chunk, sums);
        }
    }

    private static void bfloat16Four(long rows, long apart, long x, int n, long sums) {
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        long p = bounded(rows),
                q = bounded(p + apart),
                r = bounded(q + apart),
                s = bounded(r + apart),
                xAt = bounded(x);
        for (int i = 0; i < n; i += FLOATS.length()) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, MEMORY, xAt + 4L * i, LITTLE_ENDIAN);
            a = bfloat16(p + 2L * i).fma(v, a);
            b = bfloat16(q + 2L * i).fma(v, b);
            c = bfloat16(r + 2L * i).fma(v, c);
            d = bfloat16(s + 2L * i).fma(v, d);
        }
        store(a, b, c, d, bounded(sums));
    }

    private static FloatVector bfloat16(long at) {
        IntVector h = (IntVector)
                ShortVector.fromMemorySegment(HALVES, MEMORY, at, LITTLE_ENDIAN).convertShape(ZERO_EXTEND_S2I, INTS, 0);
        return h.lanewise(LSHL, 16).reinterpretAsFloats();
    }

    private static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector d, long at) {
        a.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        b.intoMemorySegment(MEMORY, at + LaneSums.SLOT, LITTLE_ENDIAN);
        c.intoMemorySegment(MEMORY, at + 2 * LaneSums.SLOT, LITTLE_ENDIAN);
        d.intoMemorySegment(MEMORY, at + 3 * LaneSums.SLOT, LITTLE_ENDIAN);
    }
}
