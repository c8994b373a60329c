package dev.lutra.tools.cli;

import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** Runs the command and reports a JVM error (picocli lets those through) the way that exceptions are reported. */
public final class ErrorsAsFailures implements IExecutionStrategy {
    private final ErrorReporter reporter;

    public ErrorsAsFailures(ErrorReporter reporter) {
        this.reporter = reporter;
    }

    @Override
    public int execute(ParseResult parsed) throws ExecutionException, ParameterException {
        CommandLine last = parsed.asCommandLineList().getLast();
        try {
            return new RunLast().execute(parsed);
        } catch (OutOfMemoryError | StackOverflowError error) {
            return reporter.report(error, last, last.getParseResult());
        }
    }
}
