package dev.lutra.quant.block;

import org.jspecify.annotations.Nullable;

/** Encodes the blocks of one row in order. Holds the scratch arrays that the search for good scales needs: one thread's. */
interface BlockEncoder {
    /**
     * @param x weights; the block's are those from {@code at} on
     * @param importance weight of each column's error from {@code importanceAt} on, or null
     * @param block receives the bytes, all of which are written
     */
    void encode(float[] x, int at, float @Nullable [] importance, int importanceAt, byte[] block);
}
