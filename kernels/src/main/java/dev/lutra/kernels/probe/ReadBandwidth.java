package dev.lutra.kernels.probe;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.WeightMemory;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * How fast a team reads a buffer from beginning to end, each worker its share: the ceiling of decode, which reads every weight
 * once per token. The buffer lies in huge pages where the native library can have them, as run-time layouts do.
 *
 * @param bytesPerSecond of the fastest pass
 * @param bufferBytes size of the buffer
 * @param threads size of the team
 */
public record ReadBandwidth(double bytesPerSecond, long bufferBytes, int threads) {
    /** Larger than the last-level caches of desktop and most server processors. */
    public static final long MEMORY_BYTES = 512L << 20;

    private static final int UNIT = 4096;

    /** Measures main memory: the best of six passes over {@link #MEMORY_BYTES}, about a third of a second. */
    public static ReadBandwidth ofMemory(Team team) {
        return measure(team, MEMORY_BYTES, 6);
    }

    /**
     * Measures {@code passes} passes over a buffer of {@code bytes}, which is freed afterwards.
     *
     * @param bytes a multiple of 4096; what fits a cache measures the cache
     */
    public static ReadBandwidth measure(Team team, long bytes, int passes) {
        return measure(team, bytes, passes, System::nanoTime);
    }

    /**
     * Measures by another clock, so that rates taken with it are compared with their like.
     *
     * @param nanoseconds the clock: the time of day, or for a team of one the thread's processor time
     */
    public static ReadBandwidth measure(Team team, long bytes, int passes, LongSupplier nanoseconds) {
        if (bytes < UNIT || bytes % UNIT != 0 || bytes / UNIT > Integer.MAX_VALUE)
            throw new IllegalArgumentException("a buffer of " + bytes + " bytes");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = NativeLibrary.get().isAvailable()
                    ? WeightMemory.allocate(arena, bytes)
                    : arena.allocate(bytes, FloatMatrix.ALIGNMENT);
            // pages that were never written are all the same zero page and would be read from cache
            team.run((worker, workers) -> share(buffer, worker, workers).fill((byte) 1));
            // a short run first, so that the passes are compiled code
            for (int i = 0; i < 20; i++) seconds(team, buffer.asSlice(0, Math.min(bytes, 1L << 20)), nanoseconds);
            double best = Double.POSITIVE_INFINITY;
            for (int pass = 0; pass < passes; pass++) best = Math.min(best, seconds(team, buffer, nanoseconds));
            return new ReadBandwidth(bytes / best, bytes, team.size());
        }
    }

    private static double seconds(Team team, MemorySegment buffer, LongSupplier nanoseconds) {
        long[] sums = new long[team.size()];
        long start = nanoseconds.getAsLong();
        team.run((worker, workers) -> sums[worker] = sum(share(buffer, worker, workers)));
        double seconds = (nanoseconds.getAsLong() - start) * 1e-9;
        long total = 0;
        for (long sum : sums) total += sum;
        if (total != buffer.byteSize() / Long.BYTES * 0x0101010101010101L)
            throw new IllegalStateException("memory returned " + total + " for what was written");
        return seconds;
    }

    private static MemorySegment share(MemorySegment buffer, int worker, int workers) {
        Share share = Share.of((int) (buffer.byteSize() / UNIT), 1, worker, workers);
        return buffer.asSlice((long) share.from() * UNIT, (long) share.size() * UNIT);
    }

    private static long sum(MemorySegment m) {
        long sum = 0;
        for (long at = 0; at < m.byteSize(); at += UNIT) sum += sumUnit(m, at);
        return sum;
    }

    /** Eight independent sums: more loads in flight than memory can deliver. */
    private static long sumUnit(MemorySegment m, long from) {
        long a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
        for (int i = 0; i < UNIT; i += 64) {
            long at = from + i;
            a += m.get(JAVA_LONG, at);
            b += m.get(JAVA_LONG, at + 8);
            c += m.get(JAVA_LONG, at + 16);
            d += m.get(JAVA_LONG, at + 24);
            e += m.get(JAVA_LONG, at + 32);
            f += m.get(JAVA_LONG, at + 40);
            g += m.get(JAVA_LONG, at + 48);
            h += m.get(JAVA_LONG, at + 56);
        }
        return a + b + c + d + e + f + g + h;
    }
}
