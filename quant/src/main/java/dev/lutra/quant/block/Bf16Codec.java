package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Little-endian bfloat16: the upper half of a binary32, rounded to nearest even; every NaN becomes a quiet one. */
final class Bf16Codec implements RowCodec {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int QUIET_NAN_BIT = 0x40;

    @Override
    public GgmlType type() {
        return GgmlType.BF16;
    }

    @Override
    public void encode(float[] row, int from, int columns, float @Nullable [] importance, MemorySegment out, long at) {
        Objects.checkFromIndexSize(from, columns, row.length);
        for (int i = 0; i < columns; i++) out.set(HALF, at + 2L * i, round(row[from + i]));
    }

    private static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) return (short) (bits >>> 16 | QUIET_NAN_BIT);
        int toEven = 0x7FFF + (bits >>> 16 & 1);
        return (short) (bits + toEven >>> 16);
    }

    @Override
    public void decode(MemorySegment in, long at, float[] row, int to, int columns) {
        Objects.checkFromIndexSize(to, columns, row.length);
        for (int i = 0; i < columns; i++) row[to + i] = Float.intBitsToFloat(in.get(HALF, at + 2L * i) << 16);
    }
}
