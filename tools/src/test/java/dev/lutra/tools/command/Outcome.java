package dev.lutra.tools.command;

import dev.lutra.tools.Lutra;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assertions;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a command did that was run in this process. */
record Outcome(int exitCode, String out, String err) {
    static Outcome of(Object... arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        CommandLine line = Lutra.commandLine();
        line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) words[i] = String.valueOf(arguments[i]);
        return new Outcome(line.execute(words), out.toString(), err.toString());
    }

    /** Fails the test, with the command's messages, unless it succeeded. */
    Outcome done() {
        Assertions.assertEquals(0, exitCode, err);
        return this;
    }

    /** Fails the test unless the command ended with {@code code} and said {@code message}. */
    Outcome failed(int code, String message) {
        Assertions.assertEquals(code, exitCode, out + err);
        Assertions.assertTrue(err.contains(message), err);
        return this;
    }

    JsonNode json() {
        return JsonMapper.builder().build().readTree(out);
    }

    /** The folder of the checkpoint that comes with the program: ternary weights, 1408 tokens. */
    static Path storyModel() {
        URL config = Objects.requireNonNull(Lutra.class.getResource("embedded/story-ternary/config.json"));
        try {
            return Objects.requireNonNull(Path.of(config.toURI()).getParent());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
