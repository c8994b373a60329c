package dev.lutra.kernels.block;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.FloatProduct;
import dev.lutra.kernels.product.LaneSums;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
import java.lang.foreign.MemorySegment;

/** Rows of blocks, read where they lie; four at a time, from each quarter of the rows, for one token. */
record PackedFormat(Packing packing, MemorySegment data, int rows, int columns) implements RowFormat {
    /** Rows of each quarter whose lanes are added up together. */
    private static final int BATCH = 4;

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
        long first = AddressSpace.address(data, offset(from), offset(to) - offset(from));
        long values = AddressSpace.address(x.segment(), x.offset(token), (long) columns * Float.BYTES);
        long sums = AddressSpace.address(scratch, at, StripProduct.scratchBytes(columns));
        int quarter = (to - from) / 4, row = 0;
        for (; row + BATCH <= quarter; row += BATCH) {
            for (int i = 0; i < BATCH; i++) fourRows(first, row + i, quarter, values, sums, 4 * i);
            LaneSums.sixteen(AddressSpace.MEMORY, sums);
            for (int i = 0; i < 4 * BATCH; i++)
                y.set(token, from + row + i / 4 + i % 4 * quarter, sum(sums + (long) i * Float.BYTES));
        }
        for (; row < quarter; row++) {
            fourRows(first, row, quarter, values, sums, 0);
            for (int i = 0; i < 4; i++) y.set(token, from + row + i * quarter, added(sums, i));
        }
        // up to three rows are left: each is multiplied as if it were four
        for (row = 4 * quarter; row < to - from; row++) {
            fourRows(first, row, 0, values, sums, 0);
            y.set(token, from + row, added(sums, 0));
        }
    }

    /** Rows {@code row}, {@code row + apart}, ...: their accumulators to slots of {@code sums} from {@code slot} on. */
    private void fourRows(long first, int row, int apart, long x, long sums, int slot) {
        packing.multiply()
                .run(
                        first + offset(row),
                        offset(apart),
                        blocks(),
                        x,
                        sums + (long) LaneSums.SLOT * slot,
                        sums + FloatProduct.SCRATCH_BYTES);
    }

    private static float sum(long at) {
        return AddressSpace.MEMORY.get(JAVA_FLOAT, at);
    }

    private static float added(long sums, int slot) {
        return LaneSums.one(AddressSpace.MEMORY, sums + (long) LaneSums.SLOT * slot);
    }
}
