package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Little-endian IEEE binary32: the bits of the weights, NaN payloads included. */
final class F32Codec implements RowCodec {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public GgmlType type() {
        return GgmlType.F32;
    }

    @Override
    public void encode(float[] row, int from, int columns, float @Nullable [] importance, MemorySegment out, long at) {
        MemorySegment.copy(row, from, out, FLOAT, at, columns);
    }

    @Override
    public void decode(MemorySegment in, long at, float[] row, int to, int columns) {
        MemorySegment.copy(in, FLOAT, at, row, to, columns);
    }
}
