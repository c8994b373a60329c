package dev.lutra.tools.command;

import picocli.CommandLine.Option;

/** Mixed into commands that compute. */
public final class ThreadsOption {
    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads; default: one per processor.")
    private int threads;

    int threads() {
        if (threads < 0) throw new IllegalArgumentException("-t must be positive, not " + threads);
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }
}
