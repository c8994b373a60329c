package dev.lutra.tools.convert;

import dev.lutra.kernels.team.Team;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Cuts the rows of a tensor into windows and lets a team work on them. */
public final class Windows {
    /** Weights in a window: 4 MiB as floats, so that a team of any size stays far below the memory bound. */
    private static final int WEIGHTS = 1 << 20;

    private final int rows;
    private final int rowsPerWindow;

    /** @param step windows begin at multiples of this many rows */
    public Windows(int rows, int columns, int step) {
        this.rows = rows;
        rowsPerWindow = Math.min(Math.max(1, WEIGHTS / columns / step), Math.ceilDiv(rows, step)) * step;
    }

    /** Number of windows. */
    public int count() {
        return Math.ceilDiv(rows, rowsPerWindow);
    }

    /** Rows of every window but the last, which may have fewer. */
    public int rowsPerWindow() {
        return rowsPerWindow;
    }

    /** What is done with one window. */
    public interface Body {
        void run(int window, int from, int count) throws IOException;
    }

    /** Makes a worker's body, with buffers of its own. */
    public interface BodyFactory {
        Body create();
    }

    /** Runs every window once, on all workers of {@code team}. */
    public void run(Team team, BodyFactory factory) throws IOException {
        AtomicInteger next = new AtomicInteger();
        try {
            team.run((worker, workers) -> {
                Body body = null;
                for (int window = next.getAndIncrement(); window < count(); window = next.getAndIncrement()) {
                    if (body == null) body = factory.create();
                    int from = window * rowsPerWindow;
                    try {
                        body.run(window, from, Math.min(rowsPerWindow, rows - from));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
