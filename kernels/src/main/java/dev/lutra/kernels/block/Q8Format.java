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
        for (int row = from; row < to; row += 2) {
            // the last row of an odd number is computed twice rather than alone
            int second = Math.min(row + 1, to - 1);
            Q8Blocks.multiplyPair(
                    data, offset(row), offset(second), columns / 32, x.segment(), x.offset(token), scratch, at);
            y.set(token, row, LaneSums.one(scratch, at));
            y.set(token, second, LaneSums.one(scratch, at + 64));
        }
    }
}
