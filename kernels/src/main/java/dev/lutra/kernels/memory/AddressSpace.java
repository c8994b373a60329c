package dev.lutra.kernels.memory;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * All native memory as one segment, for inner loops that check their bounds once, before they begin.
 *
 * <p>A segment's own bounds are checked at every access unless C2 moves the check out of the loop, which it does for some
 * strides only and at a price that a row of a thousand columns does not pay back. Here it need not: the length of
 * {@link #MEMORY} is a constant, and an offset that is the sum of what {@link #address} returned and of int counters is known
 * to be smaller, so the checks are gone when the loop is compiled. What an access costs is the instruction itself.
 *
 * <p>The price is that nothing checks the loop itself: whoever calls a kernel that takes addresses asks {@link #address} for all
 * that it will touch.
 */
public final class AddressSpace {
    @SuppressWarnings("restricted") // offsets come from address(), which has checked them
    public static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** More bits than an address of a process has; tells the compiler how large one can be. */
    private static final long BITS = (1L << 56) - 1;

    private AddressSpace() {}

    /**
     * The offset in {@link #MEMORY} of byte {@code from} of {@code m}, a native segment that holds {@code bytes} from there on
     * and stays alive as long as the offset is used.
     *
     * @throws IndexOutOfBoundsException when it does not hold them
     */
    public static long address(MemorySegment m, long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, m.byteSize());
        if (!m.isNative() || !m.scope().isAlive()) throw new IllegalStateException("no native memory, or freed");
        return m.address() + from & BITS;
    }

    /** {@link #address(MemorySegment, long, long)} of all of {@code m}. */
    public static long address(MemorySegment m) {
        return address(m, 0, m.byteSize());
    }

    /** {@code address}, which came from {@link #address}: tells the compiler again what a parameter cannot. */
    public static long bounded(long address) {
        return address & BITS;
    }

    /** Keeps the owners of memory whose addresses were in use from being collected before; to be called after the last use. */
    public static void keep(Object weights, Object input, Object output) {
        Reference.reachabilityFence(weights);
        Reference.reachabilityFence(input);
        Reference.reachabilityFence(output);
    }
}
