package dev.lutra.tools.cli;

/** A command could not do its work for a reason that its message tells in full: what, where, what to do. Exit code 1. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CommandFailure(String message) {
        super(message);
    }

    public CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
