package dev.lutra.tools.command;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.GgufCopy;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code split}: one GGUF to several. */
@Command(
        name = "split",
        description = "Spreads a GGUF model over files PREFIX-00001-of-0000N.gguf, which llama.cpp reads too.")
public final class SplitCommand extends BaseCommand {
    /** What llama.cpp's gguf-split takes when it is told nothing. */
    private static final int DEFAULT_TENSORS = 128;

    @Mixin
    private CopyOptions options = new CopyOptions();

    @Parameters(index = "0", paramLabel = "IN.gguf", description = "The model.")
    private Path input;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "PREFIX",
            description = "What the files' names begin with; default: IN without .gguf.")
    private @Nullable Path prefix;

    @Option(
            names = "--split-max-size",
            paramLabel = "N",
            description = "Most bytes of tensor data in a file (K, M, G); a larger tensor gets a file of its own.")
    private @Nullable String maxSize;

    @Option(
            names = "--split-max-tensors",
            paramLabel = "N",
            description = "Most tensors in a file; default: 128 when no size is given.")
    private int maxTensors;

    @Option(names = "--no-tensor-first-split", description = "Keep the first file to metadata.")
    private boolean metadataFirst;

    @Override
    protected void run() throws IOException {
        if (maxTensors < 0) throw usage("--split-max-tensors must be positive, not " + maxTensors);
        long bytes;
        try {
            bytes = maxSize == null ? 0 : Sizes.parse(maxSize);
        } catch (IllegalArgumentException e) {
            throw usage("--split-max-size: " + e.getMessage());
        }
        int tensors = bytes == 0 && maxTensors == 0 ? DEFAULT_TENSORS : maxTensors;
        try (GgufFile file = GgufFile.open(input)) {
            GgufCopy copy = new GgufCopy(file, new SplitLimits(bytes, tensors, metadataFirst));
            if (copy.plan().shards().size() == 1)
                throw new CommandFailure(input + ": all of it fits into one file; set a lower --split-max-size or"
                        + " --split-max-tensors");
            options.write(copy, prefix == null ? input : prefix, out());
        }
    }
}
