package dev.lutra.tools.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands have: help, {@code --debug}, and where results and messages go. */
@Command(
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed", "2:wrong usage"})
public abstract class BaseCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", description = "Add stack traces to errors and details to the log.")
    private boolean debug;

    /** Does the work. What it throws is reported by {@link ErrorReporter}. */
    protected abstract void run() throws Exception;

    @Override
    public final Integer call() throws Exception {
        run();
        out().flush();
        err().flush();
        return 0;
    }

    /** Results, and nothing else. */
    protected final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Progress, warnings, logs. */
    protected final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Whether the user asked for details. */
    protected final boolean debug() {
        return debug;
    }

    /** The failure of a user who gave options that make no sense. */
    protected final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
