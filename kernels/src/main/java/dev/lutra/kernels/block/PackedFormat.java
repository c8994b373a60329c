package dev.lutra.kernels.block;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
import java.lang.foreign.MemorySegment;

/** Rows of blocks, read where they lie; four at a time, from each quarter of the rows, for one token. */
record PackedFormat(Packing packing, MemorySegment data, int rows, int columns) implements RowFormat {
    private int blocks() {
        return columns / packing.columns();
    }

    private long offset(int row) {
        return (long) row * blocks() * packing.bytes();
    }

    @Override
    public void decode(int from, int to, MemorySegment out, long at) {
        packing.decoder().decode(data, offset(from), (to - from) * blocks(), out, at);
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        Packing.FourRows product = packing.multiply();
        if (product == null) {
            StripProduct.multiplyDecoded(this, from, to, x, token, y, scratch, at);
            return;
        }
        int quarter = (to - from) / 4;
        for (int row = from; row < from + quarter; row++) multiplyFour(product, row, quarter, x, token, y, scratch, at);
        // up to three rows are left: each is multiplied as if it were four
        for (int row = from + 4 * quarter; row < to; row++) multiplyFour(product, row, 0, x, token, y, scratch, at);
    }

    private void multiplyFour(
            Packing.FourRows product,
            int row,
            int apart,
            FloatMatrix x,
            int token,
            FloatMatrix y,
            MemorySegment scratch,
            long at) {
        long bytes = offset(apart);
        product.run(data, offset(row), bytes, blocks(), x.segment(), x.offset(token), scratch, at);
        for (int i = 0; i < 4; i++) y.set(token, row + i * apart, LaneSums.one(scratch, at + (long) LaneSums.SLOT * i));
    }
}
