package dev.lutra.tools.command;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.convert.GgufCopy;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code merge}: several GGUF files to one. */
@Command(name = "merge", description = "Joins the files of a sharded GGUF model.")
public final class MergeCommand extends BaseCommand {
    @Mixin
    private CopyOptions options = new CopyOptions();

    @Parameters(index = "0", paramLabel = "FIRST.gguf", description = "The first file, ...-00001-of-0000N.gguf.")
    private Path first;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path output;

    @Override
    protected void run() throws IOException {
        try (GgufFile file = GgufFile.open(first)) {
            options.write(new GgufCopy(file, SplitLimits.NONE), output, out());
        }
    }
}
