package dev.lutra.tools.command;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.Repacker;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code repack}: a model as the native kernels read it. */
@Command(
        name = "repack",
        description =
                "Writes a ternary model in the layout of the native kernels: mapped and run with no work at load, by"
                        + " this program only. The logits are the same to the bit.")
public final class RepackCommand extends BaseCommand {
    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Parameters(index = "0", paramLabel = "IN.gguf", description = "The model; of a sharded one, the first file.")
    private Path input;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path output;

    @Option(
            names = "--layout",
            paramLabel = "L",
            description = "quint, five, codes or triple; default: the one that this machine prefers untuned.")
    private @Nullable NativeLayout layout;

    @Option(
            names = "--i2s-layout",
            paramLabel = "L",
            description =
                    "Order of trits in IN's I2_S tensors: x86 (default), or arm64 for files made by bitnet.cpp on ARM.")
    private I2sLayout i2sLayout = I2sLayout.X86;

    @Option(names = "--overwrite", description = "Replace an existing output file.")
    private boolean overwrite;

    @Override
    protected void run() throws IOException {
        KernelKind.NATIVE.whyUnavailable().ifPresent(reason -> {
            throw new CommandFailure("repack lays tensors out for native kernels; " + reason);
        });
        try (GgufFile file = GgufFile.open(input);
                Team team = Team.of(threads.threads())) {
            Repacker repacker = new Repacker(file, i2sLayout, layout, team);
            if (!repacker.isUseful())
                throw new CommandFailure(input + " has no ternary matrices that are not repacked already");
            repacker.types().forEach((type, count) -> out().println(type + ": " + count + " tensors"));
            for (Path made : repacker.write(output, WriteOptions.FRESH.withOverwrite(overwrite)))
                out().println("wrote " + made + " (" + Sizes.bytes(Files.size(made)) + ")");
        }
    }
}
