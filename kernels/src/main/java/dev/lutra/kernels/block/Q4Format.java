package dev.lutra.kernels.block;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.Q4Blocks;
import dev.lutra.kernels.product.RowFormat;
import java.lang.foreign.MemorySegment;

/** Rows of Q4_0, read where they lie; four at a time, from each quarter of the rows, for one token. */
record Q4Format(MemorySegment data, int rows, int columns) implements RowFormat {
    private long offset(int row) {
        return (long) row * (columns / 32) * Q4Blocks.BYTES;
    }

    @Override
    public void decode(int from, int to, MemorySegment out, long at) {
        Q4Blocks.decode(data, offset(from), (to - from) * (columns / 32), out, at);
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        int quarter = (to - from) / 4;
        for (int row = from; row < from + quarter; row++) multiplyFour(row, quarter, x, token, y, scratch, at);
        // up to three rows are left: each is multiplied as if it were four
        for (int row = from + 4 * quarter; row < to; row++) multiplyFour(row, 0, x, token, y, scratch, at);
    }

    private void multiplyFour(
            int row, int apart, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        long bytes = offset(apart);
        Q4Blocks.multiplyFour(data, offset(row), bytes, columns / 32, x.segment(), x.offset(token), scratch, at);
        for (int i = 0; i < 4; i++) y.set(token, row + i * apart, LaneSums.one(scratch, at + (long) LaneSums.SLOT * i));
    }
}
