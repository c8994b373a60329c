package dev.lutra.kernels.product;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of float32 rows with float32 activations, the part that all weight formats share once their rows are decoded.
 *
 * <p>Every dot product is one vector accumulator over the columns in order, its lanes added up by {@link LaneSums}, then the
 * columns behind the last whole vector. Blocks of rows and tokens only decide how many run side by side, so a product does
 * not depend on its neighbours.
 */
public final class FloatProduct {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /** The four sums of a token in a block. */
    private static final VectorSpecies<Float> QUARTER = FloatVector.SPECIES_128;

    /** Rows, and tokens, of a block: sixteen accumulators. */
    private static final int BLOCK = 4;

    /** Bytes of scratch memory that {@link #multiply} needs. */
    public static final int SCRATCH_BYTES = BLOCK * BLOCK * LaneSums.SLOT;

    private FloatProduct() {}

    /**
     * {@code y[t][firstRow + r] = w[r] x[t]} for all tokens of {@code x}.
     *
     * @param w float32 [rows][columns] at byte {@code wAt}
     * @param scratch {@link #SCRATCH_BYTES} at byte {@code sAt}, one per thread
     */
    public static void multiply(
            MemorySegment w,
            long wAt,
            int rows,
            FloatMatrix x,
            FloatMatrix y,
            int firstRow,
            MemorySegment scratch,
            long sAt) {
        int whole = FLOATS.loopBound(x.columns()), tokens = x.rows();
        long wStride = (long) x.columns() * Float.BYTES, xStride = (long) x.stride() * Float.BYTES;
        long weights = AddressSpace.address(w, wAt, rows * wStride), values = AddressSpace.address(x.segment());
        long sums = AddressSpace.address(scratch, sAt, SCRATCH_BYTES);
        int r = 0;
        for (; r + BLOCK <= rows; r += BLOCK) {
            long at = wAt + r * wStride;
            if (tokens < BLOCK) {
                for (int t = 0; t < tokens; t++) {
                    clear(sums);
                    add(weights + r * wStride, wStride, values + x.offset(t), whole, sums);
                    for (int i = 0; i < BLOCK; i++)
                        store(w, at + i * wStride, x, t, y, firstRow + r + i, LaneSums.one(scratch, sAt + 64L * i));
                }
                continue;
            }
            for (int from = 0; from < tokens; from += BLOCK) {
                // the last block begins early rather than being small; what it computes again is the same
                int t = Math.min(from, tokens - BLOCK);
                block(weights + r * wStride, wStride, values + x.offset(t), xStride, whole, sums);
                LaneSums.sixteen(scratch, sAt);
                if (whole == x.columns()) storeBlock(scratch, sAt, y, t, firstRow + r);
                else
                    for (int i = 0; i < BLOCK * BLOCK; i++) {
                        int row = i % BLOCK;
                        float sum = scratch.get(JAVA_FLOAT, sAt + 4L * i);
                        store(w, at + row * wStride, x, t + i / BLOCK, y, firstRow + r + row, sum);
                    }
            }
        }
        for (; r < rows; r++)
            for (int t = 0; t < tokens; t++) {
                one(weights + r * wStride, values + x.offset(t), whole, sums);
                store(w, wAt + r * wStride, x, t, y, firstRow + r, LaneSums.one(scratch, sAt));
            }
    }

    /** Adds the columns behind the last whole vector and stores the product. */
    private static void store(MemorySegment w, long wAt, FloatMatrix x, int token, FloatMatrix y, int row, float sum) {
        int whole = FLOATS.loopBound(x.columns());
        float product = whole < x.columns() ? rest(w, wAt, x, token, whole, sum) : sum;
        y.segment().set(JAVA_FLOAT, y.offset(token) + (long) row * Float.BYTES, product);
    }

    private static void storeBlock(MemorySegment sums, long sAt, FloatMatrix y, int token, int row) {
        MemorySegment out = y.segment();
        long at = y.offset(token) + (long) row * Float.BYTES, stride = (long) y.stride() * Float.BYTES;
        for (int t = 0; t < BLOCK; t++)
            FloatVector.fromMemorySegment(QUARTER, sums, sAt + 16L * t, LITTLE_ENDIAN)
                    .intoMemorySegment(out, at + t * stride, LITTLE_ENDIAN);
    }

    private static float rest(MemorySegment w, long wAt, FloatMatrix x, int token, int from, float sum) {
        long xAt = x.offset(token);
        for (int k = from; k < x.columns(); k++) {
            long step = (long) k * Float.BYTES;
            sum = Math.fma(w.get(JAVA_FLOAT_UNALIGNED, wAt + step), x.segment().get(JAVA_FLOAT, xAt + step), sum);
        }
        return sum;
    }

    private static void one(long w, long x, int n, long sums) {
        FloatVector a = FloatVector.zero(FLOATS);
        long wAt = bounded(w), xAt = bounded(x);
        for (int i = 0; i < n; i += FLOATS.length())
            a = FloatVector.fromMemorySegment(FLOATS, MEMORY, wAt + 4L * i, LITTLE_ENDIAN)
                    .fma(FloatVector.fromMemorySegment(FLOATS, MEMORY, xAt + 4L * i, LITTLE_ENDIAN), a);
        a.intoMemorySegment(MEMORY, bounded(sums), LITTLE_ENDIAN);
    }

    /** Sets four accumulators to zero. */
    public static void clear(long sums) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (long i = 0, at = bounded(sums); i < BLOCK; i++)
            zero.intoMemorySegment(MEMORY, at + LaneSums.SLOT * i, LITTLE_ENDIAN);
    }

    /**
     * Four rows, one token: adds the products of {@code n} columns, a multiple of the vector's lanes, to the accumulators.
     *
     * @param w address of float32 [4], {@code wStride} bytes apart, [n]
     * @param sums address of the accumulators, {@link LaneSums#SLOT} bytes apart
     */
    public static void add(long w, long wStride, long x, int n, long sums) {
        long w0At = bounded(w), w1At = bounded(w0At + wStride), w2At = bounded(w1At + wStride);
        long w3At = bounded(w2At + wStride), xAt = bounded(x), at = bounded(sums);
        FloatVector a0 = FloatVector.fromMemorySegment(FLOATS, MEMORY, at, LITTLE_ENDIAN);
        FloatVector a1 = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 64, LITTLE_ENDIAN);
        FloatVector a2 = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 128, LITTLE_ENDIAN);
        FloatVector a3 = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 192, LITTLE_ENDIAN);
        for (int i = 0; i < n; i += FLOATS.length()) {
            long k = 4L * i;
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, MEMORY, xAt + k, LITTLE_ENDIAN);
            a0 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w0At + k, LITTLE_ENDIAN)
                    .fma(v, a0);
            a1 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w1At + k, LITTLE_ENDIAN)
                    .fma(v, a1);
            a2 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w2At + k, LITTLE_ENDIAN)
                    .fma(v, a2);
            a3 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w3At + k, LITTLE_ENDIAN)
                    .fma(v, a3);
        }
        a0.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(MEMORY, at + 64, LITTLE_ENDIAN);
        a2.intoMemorySegment(MEMORY, at + 128, LITTLE_ENDIAN);
        a3.intoMemorySegment(MEMORY, at + 192, LITTLE_ENDIAN);
    }

    /** Four rows, four tokens; the lanes of token t and row r go to {@code sums[t][r]}. */
    private static void block(long w, long wStride, long x, long xStride, int n, long sums) {
        long w0At = bounded(w), w1At = bounded(w0At + wStride), w2At = bounded(w1At + wStride);
        long w3At = bounded(w2At + wStride), x0At = bounded(x), x1At = bounded(x0At + xStride);
        long x2At = bounded(x1At + xStride), x3At = bounded(x2At + xStride), at = bounded(sums);
        FloatVector a0 = FloatVector.zero(FLOATS), a1 = a0, a2 = a0, a3 = a0;
        FloatVector b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        FloatVector c0 = a0, c1 = a0, c2 = a0, c3 = a0;
        FloatVector d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        for (int i = 0; i < n; i += FLOATS.length()) {
            long k = 4L * i;
            FloatVector w0 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w0At + k, LITTLE_ENDIAN);
            FloatVector w1 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w1At + k, LITTLE_ENDIAN);
            FloatVector w2 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w2At + k, LITTLE_ENDIAN);
            FloatVector w3 = FloatVector.fromMemorySegment(FLOATS, MEMORY, w3At + k, LITTLE_ENDIAN);
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, MEMORY, x0At + k, LITTLE_ENDIAN);
            a0 = w0.fma(v, a0);
            a1 = w1.fma(v, a1);
            a2 = w2.fma(v, a2);
            a3 = w3.fma(v, a3);
            v = FloatVector.fromMemorySegment(FLOATS, MEMORY, x1At + k, LITTLE_ENDIAN);
            b0 = w0.fma(v, b0);
            b1 = w1.fma(v, b1);
            b2 = w2.fma(v, b2);
            b3 = w3.fma(v, b3);
            v = FloatVector.fromMemorySegment(FLOATS, MEMORY, x2At + k, LITTLE_ENDIAN);
            c0 = w0.fma(v, c0);
            c1 = w1.fma(v, c1);
            c2 = w2.fma(v, c2);
            c3 = w3.fma(v, c3);
            v = FloatVector.fromMemorySegment(FLOATS, MEMORY, x3At + k, LITTLE_ENDIAN);
            d0 = w0.fma(v, d0);
            d1 = w1.fma(v, d1);
            d2 = w2.fma(v, d2);
            d3 = w3.fma(v, d3);
        }
        a0.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        a1.intoMemorySegment(MEMORY, at + 64, LITTLE_ENDIAN);
        a2.intoMemorySegment(MEMORY, at + 128, LITTLE_ENDIAN);
        a3.intoMemorySegment(MEMORY, at + 192, LITTLE_ENDIAN);
        b0.intoMemorySegment(MEMORY, at + 256, LITTLE_ENDIAN);
        b1.intoMemorySegment(MEMORY, at + 320, LITTLE_ENDIAN);
        b2.intoMemorySegment(MEMORY, at + 384, LITTLE_ENDIAN);
        b3.intoMemorySegment(MEMORY, at + 448, LITTLE_ENDIAN);
        c0.intoMemorySegment(MEMORY, at + 512, LITTLE_ENDIAN);
        c1.intoMemorySegment(MEMORY, at + 576, LITTLE_ENDIAN);
        c2.intoMemorySegment(MEMORY, at + 640, LITTLE_ENDIAN);
        c3.intoMemorySegment(MEMORY, at + 704, LITTLE_ENDIAN);
        d0.intoMemorySegment(MEMORY, at + 768, LITTLE_ENDIAN);
        d1.intoMemorySegment(MEMORY, at + 832, LITTLE_ENDIAN);
        d2.intoMemorySegment(MEMORY, at + 896, LITTLE_ENDIAN);
        d3.intoMemorySegment(MEMORY, at + 960, LITTLE_ENDIAN);
    }
}
