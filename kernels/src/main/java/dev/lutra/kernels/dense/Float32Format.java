package dev.lutra.kernels.dense;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.FloatProduct;
import dev.lutra.kernels.product.RowFormat;
import java.lang.foreign.MemorySegment;

/** Float32 rows, multiplied where they lie. */
record Float32Format(FloatRows weights) implements RowFormat {
    @Override
    public int rows() {
        return weights.rows();
    }

    @Override
    public int columns() {
        return weights.columns();
    }

    @Override
    public void decode(int from, int to, MemorySegment out, long at) {
        MemorySegment.copy(weights.data(), weights.offset(from), out, at, weights.offset(to) - weights.offset(from));
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        FloatProduct.multiply(
                weights.data(), weights.offset(from), to - from, x.rows(token, 1), y.rows(token, 1), from, scratch, at);
    }
}
