package dev.lutra.tools.command;

import dev.lutra.kernels.team.Team;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.inspect.Validator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code validate}: whether a model file is sound. */
@Command(
        name = "validate",
        description = "Checks GGUF or safetensors files and prints each check; ends with 1 at the first broken file.")
public final class ValidateCommand extends BaseCommand {
    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "GGUF (of a sharded model the first) or safetensors files.")
    private List<Path> files;

    @Option(
            names = "--deep",
            description = "Decode every tensor: no NaN, no infinity, no invalid code, no ternary tensor of zeros.")
    private boolean deep;

    @Override
    protected void run() throws IOException {
        try (Team team = Team.of(threads.threads())) {
            Validator validator = new Validator(team, deep, out()::println);
            for (Path file : files) {
                out().println(file);
                validator.validate(file);
            }
        } finally {
            // The checks before a fault come before its message.
            out().flush();
        }
    }
}
