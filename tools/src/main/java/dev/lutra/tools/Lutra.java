package dev.lutra.tools;

import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.VectorApi;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.ErrorReporter;
import dev.lutra.tools.cli.ErrorsAsFailures;
import dev.lutra.tools.cli.Restart;
import dev.lutra.tools.command.BenchmarkCommand;
import dev.lutra.tools.command.ConvertCommand;
import dev.lutra.tools.command.DetokenizeCommand;
import dev.lutra.tools.command.DoctorCommand;
import dev.lutra.tools.command.DummyModelCommand;
import dev.lutra.tools.command.GenerateKernelsCommand;
import dev.lutra.tools.command.HarnessCommand;
import dev.lutra.tools.command.ImatrixCommand;
import dev.lutra.tools.command.InspectCommand;
import dev.lutra.tools.command.LogitsCommand;
import dev.lutra.tools.command.MergeCommand;
import dev.lutra.tools.command.ModelsCommand;
import dev.lutra.tools.command.PerplexityCommand;
import dev.lutra.tools.command.QuantStudyCommand;
import dev.lutra.tools.command.QuantizeCommand;
import dev.lutra.tools.command.QuickstartCommand;
import dev.lutra.tools.command.RepackCommand;
import dev.lutra.tools.command.RunCommand;
import dev.lutra.tools.command.SplitCommand;
import dev.lutra.tools.command.TokenizeCommand;
import dev.lutra.tools.command.ValidateCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/** The {@code lutra} program. Every subcommand is a class of its own; this one only lists them. */
@Command(
        name = "lutra",
        description = "Converts Qwen2.5 checkpoints to GGUF and runs them on ternary look-up-table kernels.",
        synopsisSubcommandLabel = "COMMAND")
public final class Lutra extends BaseCommand {
    /** In the order of the help. */
    private static final List<Map.Entry<String, Class<? extends BaseCommand>>> COMMANDS = List.of(
            Map.entry("quickstart", QuickstartCommand.class),
            Map.entry("convert-qwen25", ConvertCommand.class),
            Map.entry("generate-kernels", GenerateKernelsCommand.class),
            Map.entry("run-inference", RunCommand.class),
            Map.entry("e2e-benchmark", BenchmarkCommand.class),
            Map.entry("quantize", QuantizeCommand.class),
            Map.entry("imatrix", ImatrixCommand.class),
            Map.entry("quant-study", QuantStudyCommand.class),
            Map.entry("inspect", InspectCommand.class),
            Map.entry("validate", ValidateCommand.class),
            Map.entry("split", SplitCommand.class),
            Map.entry("merge", MergeCommand.class),
            Map.entry("repack", RepackCommand.class),
            Map.entry("tokenize", TokenizeCommand.class),
            Map.entry("detokenize", DetokenizeCommand.class),
            Map.entry("logits", LogitsCommand.class),
            Map.entry("perplexity", PerplexityCommand.class),
            Map.entry("dummy-model", DummyModelCommand.class),
            Map.entry("models", ModelsCommand.class),
            Map.entry("doctor", DoctorCommand.class),
            Map.entry("harness", HarnessCommand.class));

    @Override
    protected void run() {
        throw usage("name a command; 'lutra --help' lists them");
    }

    /** The program as picocli runs it, errors and exit codes included; tests run it in-process. */
    public static CommandLine commandLine() {
        return commandLine(COMMANDS);
    }

    private static CommandLine commandLine(List<Map.Entry<String, Class<? extends BaseCommand>>> commands) {
        ErrorReporter reporter = new ErrorReporter();
        CommandLine line = new CommandLine(new Lutra());
        for (Map.Entry<String, Class<? extends BaseCommand>> command : commands)
            line.addSubcommand(command.getKey(), command.getValue());
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(reporter)
                .setParameterExceptionHandler(reporter)
                .setExecutionStrategy(new ErrorsAsFailures(reporter));
    }

    /**
     * The commands that a process started with {@code args} can come to need: reading the options of all takes longer than
     * loading a small model. Quickstart runs others.
     */
    private static List<Map.Entry<String, Class<? extends BaseCommand>>> needed(String[] args) {
        if (args.length == 0 || args[0].equals("quickstart")) return COMMANDS;
        List<Map.Entry<String, Class<? extends BaseCommand>>> named = COMMANDS.stream()
                .filter(command -> command.getKey().equals(args[0]))
                .toList();
        return named.isEmpty() ? COMMANDS : named;
    }

    public static void main(String[] args) {
        // Beside the reading of options and of the model's header.
        if (args.length > 0 && args[0].equals("run-inference")) Kernels.prepare();
        CommandLine line = commandLine(needed(args));
        IExecutionExceptionHandler reporter = line.getExecutionExceptionHandler();
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof VectorApi.Demanded)
                Restart.with(VectorApi.ADD_MODULES, Lutra.class.getName(), List.of(args));
            return reporter.handleExecutionException(failure, command, parsed);
        });
        // The terminal's encoding may be ASCII; models speak UTF-8.
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        System.exit(line.execute(args));
    }
}
