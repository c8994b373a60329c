package dev.lutra.tools.cli;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns every exception into one or two lines on stderr and an exit code; a stack trace only under {@code --debug}. */
public final class ErrorReporter implements IExecutionExceptionHandler, IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("lutra: " + failure.getMessage());
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        return report(failure, command, parsed);
    }

    /** As {@link #handleExecutionException}, for errors too: running out of memory is a failure like any other. */
    int report(Throwable failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println("lutra: " + describe(failure));
        if (parsed.matchedOptionValue("--debug", false)) failure.printStackTrace(err);
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    static String describe(Throwable failure) {
        return switch (failure) {
            case CommandFailure known -> known.getMessage();
            case MalformedFileException malformed -> malformed.getMessage();
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
            case FileAlreadyExistsException exists -> exists.getFile() + ": exists already; --overwrite replaces it";
            case AccessDeniedException denied -> denied.getFile() + ": access denied";
            case FileSystemException broken -> broken.getMessage();
            case IOException io -> io.getMessage() == null ? io.toString() : io.getMessage();
            case OutOfMemoryError memory ->
                "out of memory (" + memory.getMessage() + "); give the JVM more with LUTRA_JAVA_OPTS=-Xmx4g";
            case UnsupportedOperationException unsupported
            when unsupported.getMessage() != null -> unsupported.getMessage();
            case IllegalArgumentException argument when argument.getMessage() != null -> argument.getMessage();
            default -> "internal error: " + failure + "; --debug shows where";
        };
    }
}
