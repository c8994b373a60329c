package dev.lutra.kernels.dense;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.linear.FloatLinearContract;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;

class DenseVectorTest extends FloatLinearContract {
    @Override
    protected Linear prepare(RowCodec codec, MemorySegment data, int rows, int columns) {
        return new DenseVector(codec.type(), data, rows, columns);
    }

    @Override
    protected GgmlType[] types() {
        return new GgmlType[] {GgmlType.F32, GgmlType.F16, GgmlType.BF16};
    }
}
