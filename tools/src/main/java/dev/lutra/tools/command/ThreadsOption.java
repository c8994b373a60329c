package dev.lutra.tools.command;

import dev.lutra.kernels.team.Processors;
import picocli.CommandLine.Option;

/** Mixed into commands that compute. */
public final class ThreadsOption {
    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads; default: one for each physical performance core.")
    private int threads;

    int threads() {
        if (threads < 0) throw new IllegalArgumentException("-t must be positive, not " + threads);
        return threads > 0 ? threads : Processors.here().threads();
    }
}
