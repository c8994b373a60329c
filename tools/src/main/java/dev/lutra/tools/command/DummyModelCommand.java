package dev.lutra.tools.command;

import dev.lutra.gguf.model.ModelSize;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.convert.TargetFormat;
import dev.lutra.tools.dummy.CheckpointWriter;
import dev.lutra.tools.dummy.RandomModel;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dummy-model}: random weights in a real shape. */
@Command(
        name = "dummy-model",
        description = "Writes a model of random weights in a real shape, to benchmark it without a download.")
public final class DummyModelCommand extends BaseCommand {
    /** What is written. */
    enum Format {
        hf,
        gguf
    }

    @Mixin
    private ConversionOptions options = new ConversionOptions();

    @Parameters(
            paramLabel = "SIZE",
            description =
                    "A size (0.5B to 72B) or name that 'models' lists, or a checkpoint folder or GGUF of that shape.")
    private String size;

    @Option(
            names = {"-o", "--output", "--outfile"},
            paramLabel = "PATH",
            required = true,
            description = "The GGUF file, or the checkpoint's folder.")
    private Path output;

    @Option(
            names = "--format",
            paramLabel = "F",
            description = "hf (safetensors, config.json, tokenizer) or gguf (default).")
    private Format format = Format.gguf;

    @Option(
            names = {"-q", "--quant", "--outtype"},
            paramLabel = "TYPE",
            description = "Format of the weights, as for convert-qwen25; default tl2. A checkpoint is always bfloat16;"
                    + " a ternary TYPE makes its projections ternary.")
    private @Nullable String quant;

    @Option(names = "--seed", paramLabel = "N", description = "What the weights depend on; default: 1.")
    private long seed = 1;

    @Override
    protected void run() throws IOException {
        TargetFormat target;
        try {
            target = TargetFormat.byName(quant != null ? quant : format == Format.hf ? "bf16" : "tl2");
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        NamedModel shape = NamedModel.of(size);
        boolean ternary = target instanceof TargetFormat.Ternary;
        try (RandomModel model = new RandomModel(shape.name(), shape.config(), seed, ternary)) {
            if (format == Format.gguf) options.convert(model, target, output, out(), err());
            else if (ternary || target.label().equalsIgnoreCase("bf16")) writeCheckpoint(model);
            else throw usage("a checkpoint is written as bf16; --quant " + target.label() + " needs --format gguf");
        }
    }

    private void writeCheckpoint(RandomModel model) throws IOException {
        long start = System.nanoTime();
        long parameters = ModelSize.of(model.config()).parameters();
        CheckpointWriter writer = new CheckpointWriter(
                model, output, options.overwrite(), options.shardBytes(CheckpointWriter.SHARD_BYTES));
        try (Team team = Team.of(options.threads());
                Progress progress = Progress.of("writing", parameters * Short.BYTES)) {
            for (Path file : writer.write(team, progress))
                out().println("wrote " + file + " (" + Sizes.bytes(Files.size(file)) + ")");
        }
        err().println(Sizes.count(parameters) + " weights in " + Sizes.duration((System.nanoTime() - start) * 1e-9));
    }
}
