package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.linear.FloatLinearContract;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;

class BlockVectorTest extends FloatLinearContract {
    @Override
    protected Linear prepare(RowCodec codec, MemorySegment data, int rows, int columns) {
        return new BlockVector(codec, data, rows, columns);
    }

    @Override
    protected GgmlType[] types() {
        return new GgmlType[] {GgmlType.Q8_0, GgmlType.Q4_0, GgmlType.Q6_K, GgmlType.Q4_K};
    }
}
