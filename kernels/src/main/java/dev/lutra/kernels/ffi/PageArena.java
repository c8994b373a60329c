package dev.lutra.kernels.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An arena whose large segments lie in huge pages where the system has them: buffers that matrix products write a few columns at
 * a time, at strides of many pages, would otherwise miss the processor's page tables at every row. May be closed by any thread.
 */
public final class PageArena implements Arena {
    /** Smaller segments stay out of the shared pages. */
    private static final long LARGE = 64 << 10;

    private static final int ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();

    public PageArena() {
        NativeLibrary.get().require();
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return byteSize < LARGE || byteAlignment > ALIGNMENT
                ? arena.allocate(byteSize, byteAlignment)
                : WeightMemory.allocate(arena, byteSize);
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
