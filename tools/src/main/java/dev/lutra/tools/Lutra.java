package dev.lutra.tools;

import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.ErrorReporter;
import dev.lutra.tools.cli.ErrorsAsFailures;
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
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code lutra} program. Every subcommand is a class of its own; this one only lists them. */
@Command(
        name = "lutra",
        description = "Converts Qwen2.5 checkpoints to GGUF and runs them on ternary look-up-table kernels.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            ConvertCommand.class,
            GenerateKernelsCommand.class,
            RunCommand.class,
            BenchmarkCommand.class,
            QuantizeCommand.class,
            ImatrixCommand.class,
            QuantStudyCommand.class,
            InspectCommand.class,
            ValidateCommand.class,
            SplitCommand.class,
            MergeCommand.class,
            RepackCommand.class,
            TokenizeCommand.class,
            DetokenizeCommand.class,
            LogitsCommand.class,
            PerplexityCommand.class,
            DummyModelCommand.class,
            ModelsCommand.class,
            DoctorCommand.class,
            HarnessCommand.class
        })
public final class Lutra extends BaseCommand {
    @Override
    protected void run() {
        throw usage("name a command; 'lutra --help' lists them");
    }

    /** The program as picocli runs it, errors and exit codes included; tests run it in-process. */
    public static CommandLine commandLine() {
        ErrorReporter reporter = new ErrorReporter();
        return new CommandLine(new Lutra())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(reporter)
                .setParameterExceptionHandler(reporter)
                .setExecutionStrategy(new ErrorsAsFailures(reporter));
    }

    public static void main(String[] args) {
        CommandLine line = commandLine();
        // The terminal's encoding may be ASCII; models speak UTF-8.
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        System.exit(line.execute(args));
    }
}
