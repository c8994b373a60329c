package dev.lutra.tools.report;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Progress of long work on stderr: a line that rewrites itself on a terminal, nothing elsewhere but what {@link #log} is
 * told. Safe for many threads.
 */
public final class Progress implements AutoCloseable {
    private static final long REDRAW_NANOS = 200_000_000;
    private static final int BAR = 24;

    private final PrintStream err;
    private final boolean terminal;
    private final String what;
    private final long total;
    private final long start = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private long drawn;
    private int width;

    private Progress(PrintStream err, boolean terminal, String what, long total) {
        this.err = err;
        this.terminal = terminal;
        this.what = what;
        this.total = Math.max(total, 1);
    }

    /** Progress of {@code total} units (bytes for conversions) on this process's stderr. */
    public static Progress of(String what, long total) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        return new Progress(System.err, terminal, what, total);
    }

    /** Counts {@code units} more as done. */
    public void advance(long units) {
        long now = done.addAndGet(units);
        if (terminal) draw(now);
    }

    /** Counts {@code units} as done that took no time, so that they say nothing of the time that is left. */
    public void skip(long units) {
        skipped.addAndGet(units);
        advance(units);
    }

    /** What is to be said of the time left: ", 12 min left", or nothing while too little is known. */
    public String timeLeft() {
        long before = skipped.get(), here = done.get() - before;
        double share = (double) here / Math.max(1, total - before), seconds = (System.nanoTime() - start) * 1e-9;
        return share > 0.01 && share < 1 ? ", " + Sizes.duration(seconds / share - seconds) + " left" : "";
    }

    private synchronized void draw(long now) {
        long time = System.nanoTime();
        if (now < total && time - drawn < REDRAW_NANOS) return;
        drawn = time;
        double share = Math.min(1, (double) now / total);
        String left = timeLeft();
        int filled = (int) (share * BAR);
        show(what + " [" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] " + (int) (share * 100) + " %" + left);
    }

    private void show(String line) {
        err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        err.flush();
        width = line.length();
    }

    /** Writes a line of its own, above the bar. */
    public synchronized void log(String line) {
        if (terminal) show("");
        err.println((terminal ? "\r" : "") + line);
    }

    /** Removes the bar. */
    @Override
    public synchronized void close() {
        if (!terminal) return;
        show("");
        err.print("\r");
        err.flush();
    }
}
