package dev.lutra.kernels.team;

/** Work on parts of a range, as many as a worker comes to take. */
@FunctionalInterface
public interface Part {
    /** Does {@code [from, to)}, never empty, in thread {@code worker}. */
    void run(int worker, int from, int to);
}
