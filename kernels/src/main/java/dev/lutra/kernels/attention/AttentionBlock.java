package dev.lutra.kernels.attention;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.elementwise.VectorExp;
import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.Float16;
import dev.lutra.kernels.product.FloatProduct;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.Q8Blocks;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** One worker's attention: some query heads of some tokens against one key-value head, {@value #POSITIONS} positions at a time. */
final class AttentionBlock {
    /** Positions of a block: keys and values of heads of 64 take 16 KB each when decoded. */
    static final int POSITIONS = 64;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();

    private final KvCache cache;
    private final float scale;
    private final int length;
    private final MemorySegment memory;
    private final long product;
    /** float32 [POSITIONS][length]. */
    private final long rows;
    /** float32 [queries][length]. */
    private final long queries;
    /** float32 [queries][POSITIONS]: scores, then their exponentials. */
    private final long scores;
    /** float32 [queries][length]: weighted sums of values. */
    private final long sums;

    private final float[] maxima;
    private final float[] totals;
    private final float[] row;

    /** Uses {@link #scratchBytes} of {@code memory} from byte {@code at}. */
    AttentionBlock(KvCache cache, float scale, MemorySegment memory, long at, int maxQueries) {
        this.cache = cache;
        this.scale = scale;
        this.memory = memory;
        length = cache.headLength();
        product = at;
        rows = product + FloatProduct.SCRATCH_BYTES;
        queries = rows + 4L * POSITIONS * length;
        scores = queries + 4L * maxQueries * length;
        sums = scores + 4L * maxQueries * POSITIONS;
        maxima = new float[maxQueries];
        totals = new float[maxQueries];
        row = new float[length];
    }

    static long scratchBytes(int maxQueries, int length) {
        long floats = (long) POSITIONS * length + (long) maxQueries * (2L * length + POSITIONS);
        return FloatProduct.SCRATCH_BYTES + (4 * floats + 63) / 64 * 64;
    }

    /** Attends from tokens {@code [token, token + tokens)} with heads {@code [head, head + heads)}. */
    void attend(
            FloatMatrix q, int token, int tokens, int head, int heads, int kvHead, int firstPosition, FloatMatrix out) {
        int count = tokens * heads, end = firstPosition + token + tokens;
        long bytes = 4L * heads * length, from = 4L * head * length;
        for (int t = 0; t < tokens; t++)
            MemorySegment.copy(q.segment(), q.offset(token + t) + from, memory, queries + t * bytes, bytes);
        memory.asSlice(sums, 4L * count * length).fill((byte) 0);
        Arrays.fill(maxima, 0, count, Float.NEGATIVE_INFINITY);
        Arrays.fill(totals, 0, count, 0);
        FloatMatrix x = FloatMatrix.at(memory, queries, count, length);
        FloatMatrix y = FloatMatrix.at(memory, scores, count, POSITIONS);
        for (int position = 0; position < end; position += POSITIONS) {
            int present = Math.min(POSITIONS, end - position);
            decode(cache.keys(), kvHead, position, present);
            FloatProduct.multiply(memory, rows, present, x, y, 0, memory, product);
            decode(cache.values(), kvHead, position, present);
            for (int i = 0; i < count; i++) add(i, Math.min(present, firstPosition + token + i / heads + 1 - position));
        }
        for (int t = 0; t < tokens; t++)
            for (int h = 0; h < heads; h++) {
                int i = t * heads + h;
                divide(
                        memory,
                        sums + 4L * i * length,
                        totals[i],
                        length,
                        out.segment(),
                        out.offset(token + t) + from + 4L * h * length);
            }
    }

    private void decode(MemorySegment source, int kvHead, int position, int count) {
        long at = cache.offset(kvHead, position);
        int values = count * length, whole = FLOATS.loopBound(values);
        switch (cache.type()) {
            case F32 -> MemorySegment.copy(source, at, memory, rows, 4L * values);
            case Q8_0 -> Q8Blocks.decode(source, at, values / 32, memory, rows);
            case F16 -> {
                Float16.decode(AddressSpace.address(source, at, 2L * whole), whole, address(rows, 4L * whole));
                if (whole == values) return;
                cache.decode(source, cache.offset(kvHead, position + count - 1), row);
                MemorySegment.copy(row, 0, memory, JAVA_FLOAT, rows + 4L * (values - length), length);
            }
        }
    }

    /** Adds the first {@code visible} positions of the block to query {@code i}. */
    private void add(int i, int visible) {
        if (visible <= 0) return;
        long at = scores + 4L * i * POSITIONS, sum = sums + 4L * i * length;
        for (int p = visible; p < POSITIONS; p++) memory.set(JAVA_FLOAT, at + 4L * p, Float.NEGATIVE_INFINITY);
        float maximum = Math.max(maxima[i], maximum(memory, at) * scale);
        float factor = (float) Math.exp(maxima[i] - maximum);
        totals[i] = totals[i] * factor + exponentials(memory, at, scale, maximum, visible, product);
        maxima[i] = maximum;
        long weights = address(at, 4L * visible), values = address(rows, 4L * visible * length);
        long target = address(sum, 4L * length);
        int d = 0;
        for (; d + 4 * LANES <= length; d += 4 * LANES)
            addFour(weights, visible, values + 4L * d, 4L * length, factor, target + 4L * d);
        for (; d + LANES <= length; d += LANES)
            addOne(weights, visible, values + 4L * d, 4L * length, factor, target + 4L * d);
        for (; d < length; d++) {
            float value = memory.get(JAVA_FLOAT, sum + 4L * d) * factor;
            for (int p = 0; p < visible; p++)
                value = Math.fma(
                        memory.get(JAVA_FLOAT, rows + 4L * p * length + 4L * d),
                        memory.get(JAVA_FLOAT, at + 4L * p),
                        value);
            memory.set(JAVA_FLOAT, sum + 4L * d, value);
        }
    }

    private long address(long at, long bytes) {
        return AddressSpace.address(memory, at, bytes);
    }

    private static float maximum(MemorySegment m, long at) {
        FloatVector maximum = FloatVector.fromMemorySegment(FLOATS, m, at, LITTLE_ENDIAN);
        for (int p = LANES; p < POSITIONS; p += LANES)
            maximum = maximum.max(FloatVector.fromMemorySegment(FLOATS, m, at + 4L * p, LITTLE_ENDIAN));
        return maximum.reduceLanes(VectorOperators.MAX);
    }

    /** Replaces scores by exponentials and returns their sum; what is not visible counts 1e-38 at most. */
    private static float exponentials(MemorySegment m, long at, float scale, float maximum, int visible, long scratch) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int p = 0; p < visible; p += LANES) {
            FloatVector power = VectorExp.exp(FloatVector.fromMemorySegment(FLOATS, m, at + 4L * p, LITTLE_ENDIAN)
                    .mul(scale)
                    .sub(maximum));
            power.intoMemorySegment(m, at + 4L * p, LITTLE_ENDIAN);
            sum = sum.add(power);
        }
        sum.intoMemorySegment(m, scratch, LITTLE_ENDIAN);
        return LaneSums.one(m, scratch);
    }

    private static void addFour(long weights, int n, long values, long stride, float factor, long sum) {
        long wAt = bounded(weights), at = bounded(sum);
        FloatVector a =
                FloatVector.fromMemorySegment(FLOATS, MEMORY, at, LITTLE_ENDIAN).mul(factor);
        FloatVector b = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 4L * LANES, LITTLE_ENDIAN)
                .mul(factor);
        FloatVector c = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 8L * LANES, LITTLE_ENDIAN)
                .mul(factor);
        FloatVector d = FloatVector.fromMemorySegment(FLOATS, MEMORY, at + 12L * LANES, LITTLE_ENDIAN)
                .mul(factor);
        for (int p = 0; p < n; p++) {
            FloatVector w = FloatVector.broadcast(FLOATS, MEMORY.get(JAVA_FLOAT, wAt + 4L * p));
            long v = bounded(values + p * stride);
            a = FloatVector.fromMemorySegment(FLOATS, MEMORY, v, LITTLE_ENDIAN).fma(w, a);
            b = FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 4L * LANES, LITTLE_ENDIAN)
                    .fma(w, b);
            c = FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 8L * LANES, LITTLE_ENDIAN)
                    .fma(w, c);
            d = FloatVector.fromMemorySegment(FLOATS, MEMORY, v + 12L * LANES, LITTLE_ENDIAN)
                    .fma(w, d);
        }
        a.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
        b.intoMemorySegment(MEMORY, at + 4L * LANES, LITTLE_ENDIAN);
        c.intoMemorySegment(MEMORY, at + 8L * LANES, LITTLE_ENDIAN);
        d.intoMemorySegment(MEMORY, at + 12L * LANES, LITTLE_ENDIAN);
    }

    private static void addOne(long weights, int n, long values, long stride, float factor, long sum) {
        long wAt = bounded(weights), at = bounded(sum);
        FloatVector a =
                FloatVector.fromMemorySegment(FLOATS, MEMORY, at, LITTLE_ENDIAN).mul(factor);
        for (int p = 0; p < n; p++)
            a = FloatVector.fromMemorySegment(FLOATS, MEMORY, values + p * stride, LITTLE_ENDIAN)
                    .fma(FloatVector.broadcast(FLOATS, MEMORY.get(JAVA_FLOAT, wAt + 4L * p)), a);
        a.intoMemorySegment(MEMORY, at, LITTLE_ENDIAN);
    }

    private static void divide(MemorySegment m, long at, float total, int n, MemorySegment out, long to) {
        int whole = FLOATS.loopBound(n);
        for (int i = 0; i < whole; i += LANES)
            FloatVector.fromMemorySegment(FLOATS, m, at + 4L * i, LITTLE_ENDIAN)
                    .div(total)
                    .intoMemorySegment(out, to + 4L * i, LITTLE_ENDIAN);
        for (int i = whole; i < n; i++) out.set(JAVA_FLOAT, to + 4L * i, m.get(JAVA_FLOAT, at + 4L * i) / total);
    }
}
