package dev.lutra.tools.machine;

import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What long work costs: time, processors, and the most private memory that the process had. Pages of mapped files, which the
 * system takes back when it needs them, are not private.
 */
public final class ResourceWatch implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String PRIVATE = "RssAnon:";
    private static final long INTERVAL_NANOS = 50_000_000;

    private final long start = System.nanoTime();
    private final Duration processorsBefore = processors();
    private final Thread thread;
    private volatile long peak;
    private volatile boolean closed;

    private ResourceWatch() {
        peak = privateBytes().orElse(0);
        thread = Thread.ofPlatform().daemon().name("resource watch").start(this::watch);
    }

    /** Watches from now on. */
    public static ResourceWatch start() {
        return new ResourceWatch();
    }

    private void watch() {
        while (!closed) {
            peak = Math.max(peak, privateBytes().orElse(0));
            LockSupport.parkNanos(INTERVAL_NANOS);
        }
    }

    /** Private memory that is resident now; empty where the system does not tell. */
    private static OptionalLong privateBytes() {
        if (!Files.isReadable(STATUS)) return OptionalLong.empty();
        try {
            for (String line : Files.readAllLines(STATUS))
                if (line.startsWith(PRIVATE)) return OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) << 10);
        } catch (IOException e) {
            // a figure less in the summary
        }
        return OptionalLong.empty();
    }

    private static Duration processors() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Seconds since the start. */
    public double seconds() {
        return (System.nanoTime() - start) * 1e-9;
    }

    /**
     * A line on the work so far.
     *
     * @param read bytes of input
     * @param written bytes of output
     */
    public String summary(long read, long written) {
        double seconds = seconds();
        double busy = processors().minus(processorsBefore).toNanos() * 1e-9 / seconds;
        String memory = peak == 0 ? "" : ", peak private memory " + Sizes.bytes(peak);
        return "in " + Sizes.duration(seconds) + ": read " + rate(read, seconds) + ", wrote " + rate(written, seconds)
                + String.format(Locale.ROOT, ", %.1f processors busy", busy) + memory;
    }

    private static String rate(long bytes, double seconds) {
        return Sizes.bytes(bytes) + " at " + Sizes.bytes(Math.round(bytes / seconds)) + "/s";
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
