package dev.lutra.kernels.ffi;

import dev.lutra.kernels.ffi.generated.Lutra;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An arena for memory that is filled little by little, such as the cache of a text that is still short: pages are of the
 * ordinary size and count once they are written. May be closed by any thread.
 */
public final class SparseArena implements Arena {
    /** The largest ordinary page of the systems that there are. */
    private static final long PAGE = 64 << 10;

    private final Arena arena = Arena.ofShared();

    public SparseArena() {
        NativeLibrary.get().require();
    }

    @Override
    @SuppressWarnings("restricted") // the address is what mmap returned, of that size
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long size = (byteSize + PAGE - 1) / PAGE * PAGE;
        MemorySegment pages = Lutra.lutra_pages_allocate(size, 0);
        if (pages.equals(MemorySegment.NULL)) return arena.allocate(byteSize, byteAlignment);
        return pages.reinterpret(byteSize, arena, address -> Lutra.lutra_pages_free(address, size));
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
