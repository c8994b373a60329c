package dev.lutra.tools.command;

import dev.lutra.engine.evaluation.ImportanceRecorder;
import dev.lutra.quant.imatrix.ImportanceFile;
import dev.lutra.quant.imatrix.ImportanceMatrix;
import dev.lutra.tools.calibrate.SelfSamples;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code imatrix}: how strongly a text drives each column of a model's projections. */
@Command(
        name = "imatrix",
        description = "Runs a model (a GGUF file, or a checkpoint folder) over a text and writes llama.cpp's importance"
                + " matrix: what convert-qwen25 and quantize take as --imatrix.")
public final class ImatrixCommand extends BaseCommand {
    @Mixin
    private ModelOption model = new ModelOption();

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    static final class Source {
        @Option(
                names = {"-f", "--file"},
                paramLabel = "TEXT",
                description = "A UTF-8 file with the text.")
        private @Nullable Path file;

        @Option(
                names = "--ids-file",
                paramLabel = "F",
                description = "Token ids: a JSON array, or raw little-endian u16 when F ends in .u16.")
        private @Nullable Path idsFile;

        @Option(
                names = "--self-samples",
                paramLabel = "N",
                description = "N texts of CTX tokens that the model writes itself, at temperature 1.")
        private int samples;
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "F",
            required = true,
            description = "The file to write: llama.cpp's GGUF form, or its older form when F ends in .dat.")
    private Path output;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of --self-samples. Default 1.")
    private long seed;

    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "CTX",
            defaultValue = "512",
            description = "Tokens of a chunk, each read alone. Default 512.")
    private int context;

    @Option(names = "--chunks", paramLabel = "N", defaultValue = "-1", description = "Read the first N chunks only.")
    private int chunks;

    @Option(names = "--overwrite", description = "Replace an existing output file.")
    private boolean overwrite;

    @Override
    protected void run() throws IOException {
        if (context < 2) throw usage("-c must be 2 or more, not " + context);
        if (source.file == null && source.idsFile == null && source.samples < 1)
            throw usage("--self-samples must be positive, not " + source.samples);
        if (!overwrite && Files.exists(output)) throw new FileAlreadyExistsException(output.toString());
        ImportanceMatrix matrix;
        try (RunnableModel opened = RunnableModel.open(model.file(), model.options(err()::println))) {
            int[] ids = tokens(opened);
            int count = Math.max(1, chunks > 0 ? chunks : ids.length / context);
            try (Progress progress = Progress.of("reading chunks", count)) {
                matrix = ImportanceRecorder.record(
                        opened.transformer(), ids, context, count, dataset(), done -> progress.advance(1));
            }
        }
        boolean legacy = output.toString().endsWith(".dat");
        ImportanceFile.write(matrix, output, legacy ? ImportanceFile.Form.LEGACY : ImportanceFile.Form.GGUF);
        out().println("wrote " + output + ": " + matrix.entries().size() + " tensors, " + matrix.chunks()
                + " chunks of " + matrix.chunkSize() + " tokens");
        warnOfUnreached(matrix);
    }

    private int[] tokens(RunnableModel opened) throws IOException {
        if (source.idsFile != null) return TokenFile.read(source.idsFile);
        if (source.file != null) return opened.tokenizer().encode(Files.readString(source.file));
        try (Progress progress = Progress.of("writing samples", (long) source.samples * context)) {
            return SelfSamples.write(
                    opened.transformer(),
                    SelfSamples.startToken(opened.tokenizer()),
                    source.samples,
                    context,
                    seed,
                    progress);
        }
    }

    private String dataset() {
        if (source.idsFile != null) return source.idsFile.toString();
        if (source.file != null) return source.file.toString();
        return source.samples + " samples of the model, seed " + seed;
    }

    private void warnOfUnreached(ImportanceMatrix matrix) {
        matrix.entries().entrySet().stream()
                .filter(entry -> entry.getValue().coverage() < 1)
                .map(Map.Entry::getKey)
                .forEach(name -> err().println("warning: no token reached some experts of " + name
                        + "; they are quantized without importance. Give more text."));
    }
}
