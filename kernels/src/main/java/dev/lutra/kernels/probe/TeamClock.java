package dev.lutra.kernels.probe;

import dev.lutra.kernels.team.Team;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;

/** The clock that a team's work is timed by, in nanoseconds. */
public final class TeamClock {
    private TeamClock() {}

    /**
     * For a team of one the processor time of the calling thread, which other processes disturb less than the time of day; for
     * larger teams the time of day, because waiting for one another is part of their work.
     */
    public static LongSupplier of(Team team) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return team.size() == 1 && threads.isCurrentThreadCpuTimeSupported()
                ? threads::getCurrentThreadCpuTime
                : System::nanoTime;
    }
}
