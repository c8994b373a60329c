package dev.lutra.kernels.product;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.MemorySegment;

/**
 * Rows of weights in one format. Implementations only read and may be used by many threads; scratch memory is the caller's,
 * {@link StripProduct#scratchBytes} per thread.
 */
public interface RowFormat {
    int rows();

    int columns();

    /** Writes rows {@code [from, to)} as float32, {@link #columns} each, at byte {@code at} of {@code out}. */
    void decode(int from, int to, MemorySegment out, long at);

    /**
     * {@code y[token][r] = row r * x[token]} for rows {@code [from, to)}, with the bits that {@link FloatProduct} gives for
     * decoded rows.
     */
    void multiplyToken(int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at);
}
