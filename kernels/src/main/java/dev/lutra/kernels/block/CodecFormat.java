package dev.lutra.kernels.block;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;

/** Rows of any format, decoded by its codec. */
record CodecFormat(RowCodec codec, MemorySegment data, int rows, int columns, long rowBytes) implements RowFormat {
    @Override
    public void decode(int from, int to, MemorySegment out, long at) {
        float[] row = new float[columns];
        for (int r = from; r < to; r++) {
            codec.decode(data, r * rowBytes, row, 0, columns);
            MemorySegment.copy(row, 0, out, JAVA_FLOAT, at + (long) (r - from) * columns * Float.BYTES, columns);
        }
    }

    @Override
    public void multiplyToken(
            int from, int to, FloatMatrix x, int token, FloatMatrix y, MemorySegment scratch, long at) {
        StripProduct.multiplyDecoded(this, from, to, x, token, y, scratch, at);
    }
}
