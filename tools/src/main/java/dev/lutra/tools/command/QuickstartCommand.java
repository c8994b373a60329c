package dev.lutra.tools.command;

import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.embedded.EmbeddedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quickstart}: the whole way from a checkpoint to tokens per second, on the embedded model. */
@Command(
        name = "quickstart",
        description =
                "Converts the embedded checkpoint to TL2, generates its kernels' tiles, answers a prompt, benchmarks;"
                        + " every step shows the command that it stands for.")
public final class QuickstartCommand extends BaseCommand {
    @Spec
    private CommandSpec own;

    @Option(
            names = "--model-only",
            hidden = true,
            description = "Print where the embedded model lies as TL2, made if need be, and stop.")
    private boolean modelOnly;

    @Override
    protected void run() throws IOException {
        if (modelOnly) {
            out().println(embeddedTl2(err()));
            return;
        }
        Path folder = EmbeddedModel.cacheFolder();
        String checkpoint = EmbeddedModel.checkpoint().toString();
        String model = folder.resolve("story-ternary-tl2.gguf").toString();
        step(
                "Convert the checkpoint",
                List.of("convert-qwen25", checkpoint, "--quant", "tl2", "-o", model, "--overwrite"));
        step(
                "Generate tiles for its shapes",
                List.of(
                        "generate-kernels",
                        checkpoint,
                        "--output",
                        folder.resolve("kernels").toString()));
        step(
                "Let it tell a story",
                List.of(
                        "run-inference",
                        "-m",
                        model,
                        "-p",
                        "Once upon a time there was a child named",
                        "-n",
                        "60",
                        "--temp",
                        "0"));
        step("Measure it", List.of("e2e-benchmark", "-m", model, "-p", "512", "-n", "128", "-r", "3"));
        out().println();
        out().println("Next: ./lutra run-inference -m " + model + " -cnv     or     ./lutra --help");
    }

    private void step(String title, List<String> arguments) {
        out().println();
        out().println("== " + title);
        out().println("$ ./lutra "
                + String.join(
                        " ", arguments.stream().map(QuickstartCommand::quoted).toList()));
        out().flush();
        CommandLine program = own.commandLine().getParent();
        int exit = program.execute(arguments.toArray(String[]::new));
        if (exit != 0) throw new CommandFailure("the step '" + title + "' failed");
    }

    private static String quoted(String argument) {
        return argument.contains(" ") ? "\"" + argument + "\"" : argument;
    }

    /** The embedded model as a TL2 file, converted when that has not been done. */
    static Path embeddedTl2(PrintWriter err) throws IOException {
        Path model = EmbeddedModel.cacheFolder().resolve("story-ternary-tl2.gguf");
        if (!Files.isRegularFile(model)) {
            err.println("converting the embedded model to " + model);
            int exit = new CommandLine(new ConvertCommand())
                    .setOut(err)
                    .setErr(err)
                    .execute(EmbeddedModel.checkpoint().toString(), "--quant", "tl2", "-o", model.toString());
            if (exit != 0) throw new CommandFailure("the embedded model could not be converted");
        }
        return model;
    }
}
