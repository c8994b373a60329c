package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Little-endian IEEE binary16, rounded to nearest even; what is too large becomes an infinity, as in ggml. */
final class F16Codec implements RowCodec {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public GgmlType type() {
        return GgmlType.F16;
    }

    @Override
    public void encode(float[] row, int from, int columns, float @Nullable [] importance, MemorySegment out, long at) {
        Objects.checkFromIndexSize(from, columns, row.length);
        for (int i = 0; i < columns; i++) out.set(HALF, at + 2L * i, Float.floatToFloat16(row[from + i]));
    }

    @Override
    public void decode(MemorySegment in, long at, float[] row, int to, int columns) {
        Objects.checkFromIndexSize(to, columns, row.length);
        for (int i = 0; i < columns; i++) row[to + i] = Float.float16ToFloat(in.get(HALF, at + 2L * i));
    }
}
