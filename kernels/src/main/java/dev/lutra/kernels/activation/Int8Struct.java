package dev.lutra.kernels.activation;

import dev.lutra.kernels.ffi.generated.lutra_int8_rows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A {@code struct lutra_int8_rows} that points to the {@link Int8Rows} of the present call, which may come from several threads. */
public final class Int8Struct {
    private final MemorySegment struct = lutra_int8_rows.allocate(Arena.ofAuto());
    private @Nullable Int8Rows present;

    /** The struct of {@code rows}, valid until it is asked for other rows; a null pointer for null. */
    public synchronized MemorySegment of(@Nullable Int8Rows rows) {
        if (rows == null) return MemorySegment.NULL;
        if (!rows.equals(present)) {
            lutra_int8_rows.values(struct, rows.values());
            lutra_int8_rows.scales(struct, rows.scales());
            lutra_int8_rows.sums(struct, rows.sums());
            lutra_int8_rows.stride(struct, rows.stride());
            present = rows;
        }
        return struct;
    }
}
