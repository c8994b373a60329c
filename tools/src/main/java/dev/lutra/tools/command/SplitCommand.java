package dev.lutra.tools.command;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.GgufCopy;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code split}: one GGUF to several. */
@Command(
        name = "split",
        description =
                "Spreads a GGUF model over files PREFIX-00001-of-0000N.gguf, which llama.cpp reads too; 128 tensors"
                        + " to a file unless a limit is given.")
public final class SplitCommand extends BaseCommand {
    /** What llama.cpp's gguf-split takes when it is told nothing. */
    private static final int DEFAULT_TENSORS = 128;

    @Mixin
    private SplitOptions split = new SplitOptions();

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

    @Override
    protected void run() throws IOException {
        try (GgufFile file = GgufFile.open(input)) {
            GgufCopy copy = new GgufCopy(file, split.limits(DEFAULT_TENSORS));
            if (copy.plan().shards().size() == 1)
                throw new CommandFailure(input + ": all of it fits into one file; set a lower --split-max-size or"
                        + " --split-max-tensors");
            options.write(copy, prefix == null ? input : prefix, out());
        }
    }
}
