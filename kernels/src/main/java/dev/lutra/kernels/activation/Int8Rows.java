package dev.lutra.kernels.activation;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Activations rounded to int8 with one scale per token, as BitNet b1.58 does: {@code s = 127 / max(|x|, 1e-5)} over the row,
 * {@code q = round half to even (x * s)} within [-128, 127].
 *
 * @param values int8 [tokens][stride], zeros behind {@code columns}
 * @param columns activations of a token
 * @param stride bytes of a row, a multiple of 64
 * @param scales float32 [tokens]: s
 * @param sums int32 [tokens]: the sum of the row's q, which kernels with offset weight codes subtract
 */
public record Int8Rows(MemorySegment values, int columns, int stride, MemorySegment scales, MemorySegment sums) {
    /** Below this a row counts as zero; BitNet's clamp. */
    public static final float SMALLEST_MAXIMUM = 1e-5f;

    static Int8Rows allocate(Arena arena, int tokens, int columns) {
        int stride = (columns + 63) / 64 * 64;
        // The same columns of many tokens are read together; a power of two apart, they would compete for a few lines
        // of a cache.
        if (stride % 1024 == 0) stride += 64;
        return new Int8Rows(
                arena.allocate((long) tokens * stride, FloatMatrix.ALIGNMENT),
                columns,
                stride,
                arena.allocate((long) tokens * Float.BYTES, FloatMatrix.ALIGNMENT),
                arena.allocate((long) tokens * Integer.BYTES, FloatMatrix.ALIGNMENT));
    }

    /** The byte in {@link #values} at which {@code token} begins. */
    public long offset(int token) {
        return (long) token * stride;
    }

    /** s of {@code token}. */
    public float scale(int token) {
        return scales.get(JAVA_FLOAT, (long) token * Float.BYTES);
    }

    /** The sum of the quantized row of {@code token}. */
    public int sum(int token) {
        return sums.get(JAVA_INT, (long) token * Integer.BYTES);
    }

    void setRow(int token, float scale, int sum) {
        scales.set(JAVA_FLOAT, (long) token * Float.BYTES, scale);
        sums.set(JAVA_INT, (long) token * Integer.BYTES, sum);
    }
}
