package dev.lutra.kernels.ffi;

import dev.lutra.kernels.ffi.generated.Lutra;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory for run-time layouts of weights, in huge pages where the system has them. Matrices of one arena follow one another in
 * chunks of address space, so that small ones share pages; pages count as memory in use only once they are written.
 */
public final class WeightMemory {
    private static final long CHUNK = 256L << 20;
    private static final int ALIGNMENT = 64;

    /** The chunk of each open arena that is not full yet. */
    private static final Map<Arena, WeightMemory> OPEN = new ConcurrentHashMap<>();

    private final MemorySegment chunk;
    private long used;

    private WeightMemory(MemorySegment chunk) {
        this.chunk = chunk;
    }

    /** Zeroed memory of {@code bytes}, aligned to 64, that lives as long as {@code arena}. */
    public static MemorySegment allocate(Arena arena, long bytes) {
        long rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        MemorySegment[] result = new MemorySegment[1];
        OPEN.compute(arena, (key, open) -> {
            WeightMemory memory =
                    open != null && open.used + rounded <= open.chunk.byteSize() ? open : open(arena, rounded);
            result[0] = memory.chunk.asSlice(memory.used, bytes);
            memory.used += rounded;
            return memory;
        });
        return result[0];
    }

    @SuppressWarnings("restricted") // the address is what mmap returned, of that size
    private static WeightMemory open(Arena arena, long atLeast) {
        long page = 2 << 20, size = (Math.max(atLeast, CHUNK) + page - 1) / page * page;
        MemorySegment pages = Lutra.lutra_pages_allocate(size, 1);
        if (pages.equals(MemorySegment.NULL)) return new WeightMemory(arena.allocate(atLeast, ALIGNMENT));
        return new WeightMemory(pages.reinterpret(size, arena, address -> {
            OPEN.remove(arena);
            Lutra.lutra_pages_free(address, size);
        }));
    }
}
