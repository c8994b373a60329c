package dev.lutra.kernels.elementwise;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.ValueLayout;

/** How operations on rows are shared: one row stays with the caller, many go to the team. */
final class Rows {
    /** A float at any multiple of four bytes. */
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private Rows() {}

    /** Work on rows {@code [from, to)}. */
    @FunctionalInterface
    interface Range {
        void run(int from, int to);
    }

    /** Runs {@code work} over all of {@code [0, rows)}; a row is never divided, so results cannot depend on the team. */
    static void share(int rows, Team team, Range work) {
        if (rows == 1 || team.size() == 1) {
            work.run(0, rows);
            return;
        }
        team.run((worker, workers) -> {
            Share share = Share.of(rows, 1, worker, workers);
            if (share.size() > 0) work.run(share.from(), share.to());
        });
    }

    static void requireSameShape(FloatMatrix a, FloatMatrix b) {
        if (a.rows() != b.rows() || a.columns() != b.columns())
            throw new IllegalArgumentException(
                    a.rows() + " x " + a.columns() + " does not match " + b.rows() + " x " + b.columns());
    }
}
