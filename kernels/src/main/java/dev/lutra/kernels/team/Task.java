package dev.lutra.kernels.team;

/** Work that all members of a {@link Team} do at once, each its own part. */
@FunctionalInterface
public interface Task {
    /** Does the part of {@code worker}, counted from 0, of {@code workers}. */
    void run(int worker, int workers);
}
