package dev.lutra.tools.command;

import dev.lutra.gguf.write.ShardPlan;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.tools.convert.GgufCopy;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What {@code split} and {@code merge} share: how files are written, and what is said of them. */
public final class CopyOptions {
    @Option(names = "--overwrite", description = "Replace existing output files.")
    private boolean overwrite;

    @Option(names = "--resume", description = "Go on where an interrupted attempt with the same input stopped.")
    private boolean resume;

    @Option(names = "--dry-run", description = "Print the files and write nothing.")
    private boolean dryRun;

    void write(GgufCopy copy, Path target, PrintWriter out) throws IOException {
        if (dryRun) {
            List<Path> paths = copy.plan().paths(target);
            for (int i = 0; i < paths.size(); i++) {
                ShardPlan shard = copy.plan().shards().get(i);
                out.println("would write " + paths.get(i) + " (" + Sizes.bytes(shard.byteSize()) + ", "
                        + shard.tensors().size() + " tensors)");
            }
            return;
        }
        WriteOptions options = WriteOptions.FRESH.withOverwrite(overwrite).withResume(resume);
        for (Path file : copy.write(target, options))
            out.println("wrote " + file + " (" + Sizes.bytes(Files.size(file)) + ")");
    }
}
