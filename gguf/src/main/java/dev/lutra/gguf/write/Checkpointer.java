package dev.lutra.gguf.write;

import dev.lutra.gguf.bytes.PartFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings finished tensors to the disk and then into the journal, on a thread of its own: the disk works while tensors are
 * computed, and a killed process loses what it finished in about the last second.
 */
final class Checkpointer {
    /** Between one flush and the next, for the sake of models of many small tensors. */
    private static final long PAUSE_NANOS = 200_000_000;

    private final List<PartFile> parts;
    private final Journal journal;
    private final Thread thread;

    /** Finished tensors that the journal does not list yet. */
    private List<Integer> waiting = new ArrayList<>();

    private @Nullable IOException failure;
    private boolean stopped;

    Checkpointer(List<PartFile> parts, Journal journal) {
        this.parts = parts;
        this.journal = journal;
        this.thread = Thread.ofPlatform().daemon().name("checkpointer").start(this::run);
    }

    /** Notes that a tensor's bytes are all written. */
    synchronized void finished(int index) throws IOException {
        if (failure != null) throw new IOException("flushing the output failed: " + failure.getMessage(), failure);
        waiting.add(index);
        notifyAll();
    }

    private void run() {
        try {
            for (List<Integer> indices = next(); !indices.isEmpty(); indices = next()) checkpoint(indices);
        } catch (IOException e) {
            synchronized (this) {
                failure = e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for finished tensors; empty once this is stopped. */
    private synchronized List<Integer> next() throws InterruptedException {
        long end = System.nanoTime() + PAUSE_NANOS;
        for (long left = PAUSE_NANOS; !stopped && left > 0; left = end - System.nanoTime())
            TimeUnit.NANOSECONDS.timedWait(this, left);
        while (!stopped && waiting.isEmpty()) wait();
        if (stopped) return List.of();
        List<Integer> indices = waiting;
        waiting = new ArrayList<>();
        return indices;
    }

    /** Data first, journal second: the journal never lists what a power failure could lose. */
    private void checkpoint(List<Integer> indices) throws IOException {
        for (PartFile part : parts) part.force();
        journal.add(indices);
    }

    /** Ends the thread. Tensors that wait are not recorded. */
    void stop() throws IOException {
        synchronized (this) {
            stopped = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while the output was flushed").initCause(e);
        }
    }

    /** Ends the thread and records what waits. */
    void finish() throws IOException {
        stop();
        synchronized (this) {
            if (failure != null) throw failure;
            checkpoint(waiting);
            waiting.clear();
        }
    }
}
