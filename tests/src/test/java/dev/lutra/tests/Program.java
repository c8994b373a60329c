package dev.lutra.tests;

import dev.lutra.tools.Lutra;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs a command of the program inside this process. */
record Program(int exit, String out, String err) {
    static Program run(String... arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        CommandLine line = Lutra.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        int exit = line.execute(arguments);
        return new Program(exit, out.toString(), err.toString());
    }

    /** As {@link #run}, for a command that must succeed. */
    static Program succeed(String... arguments) {
        Program result = run(arguments);
        if (result.exit != 0)
            throw new AssertionError(String.join(" ", arguments) + " ended with " + result.exit + ": " + result.err);
        return result;
    }
}
