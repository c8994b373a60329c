package dev.lutra.kernels.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** {@code lutra_ternary_gemv} for matrices of one shape. */
public final class SpecialGemv {
    private final MethodHandle handle;

    SpecialGemv(MethodHandle handle) {
        this.handle = handle;
    }

    /** As {@code lutra_ternary_gemv}; {@code matrix} must have the shape. */
    public void multiply(MemorySegment matrix, MemorySegment tables, float scale, int from, int to, MemorySegment y) {
        try {
            handle.invokeExact(matrix, tables, scale, from, to, y);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("native code throws nothing", e);
        }
    }
}
