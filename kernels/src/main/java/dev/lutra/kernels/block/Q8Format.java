package dev.lutra.kernels.block;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.Q8Blocks;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
import java.lang.foreign.MemorySegment;

/** Rows of Q8_0, read where they lie. */
record Q8Format(MemorySegment data, int rows, int columns) implements RowFormat {
    private long offset(int row) {
        return (long) row * (columns / 32) * Q8Blocks.BYTES;
    }

    @Override
    public void decode(int from, int to, MemorySegment out, long at) {
        Q8Blocks.decode(data, offset(from), (to - from) * (columns / 32), out, at);
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        if (!Q8Blocks.hasVectors()) {
            StripProduct.multiplyDecoded(this, from, to, x, token, y, scratch, at);
            return;
        }
        int quarter = (to - from) / 4;
        long apart = offset(quarter);
        for (int row = from; row < from + quarter; row++) multiplyFour(row, apart, quarter, x, token, y, scratch, at);
        // up to three rows are left: each is multiplied as if it were four
        for (int row = from + 4 * quarter; row < to; row++) multiplyFour(row, 0, 0, x, token, y, scratch, at);
    }

    /** Rows {@code row}, {@code row + rowsApart} and so on, {@code apart} bytes from one another. */
    private void multiplyFour(
            int row,
            long apart,
            int rowsApart,
            FloatMatrix x,
            int token,
            FloatMatrix y,
            MemorySegment scratch,
            long at) {
        Q8Blocks.multiplyFour(data, offset(row), apart, columns / 32, x.segment(), x.offset(token), scratch, at);
        for (int i = 0; i < 4; i++)
            y.set(token, row + i * rowsApart, LaneSums.one(scratch, at + (long) LaneSums.SLOT * i));
    }
}
