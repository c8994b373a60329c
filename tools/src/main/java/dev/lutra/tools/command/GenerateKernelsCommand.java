package dev.lutra.tools.command;

import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.lutgen.config.KernelConfigFile;
import dev.lutra.quant.tile.TileConfig;
import dev.lutra.quant.tile.TileFormat;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code generate-kernels}: the tiles of a model's shapes. */
@Command(
        name = "generate-kernels",
        description =
                "Chooses legal tiles for every matrix shape of a model and writes them as kernel_config_tl1.ini and"
                        + " kernel_config_tl2.ini, which convert-qwen25 --kernel-config reads, and C source of decode"
                        + " kernels with the shapes as constants; measures on this machine with --tune.")
public final class GenerateKernelsCommand extends BaseCommand {
    /** Which files are written. */
    enum Formats {
        tl1,
        tl2,
        all;

        List<TileFormat> formats() {
            return switch (this) {
                case tl1 -> List.of(TileFormat.TL1);
                case tl2 -> List.of(TileFormat.TL2);
                case all -> List.of(TileFormat.TL1, TileFormat.TL2);
            };
        }
    }

    @Mixin
    private TuneOptions tuning = new TuneOptions();

    @Parameters(
            paramLabel = "SIZE",
            description = "A size (0.5B to 72B) or name that 'models' lists, a checkpoint folder, or a GGUF.")
    private String size;

    @Option(
            names = {"-q", "--quant"},
            paramLabel = "TYPE",
            description = "tl1, tl2 or all (default).")
    private Formats formats = Formats.all;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Folder for the files; default: preset_kernels/NAME in the working directory.")
    private @Nullable Path output;

    @Option(names = "--json", description = "Print what was measured as JSON.")
    private boolean json;

    @Option(names = "--overwrite", description = "Replace files that hold other tiles.")
    private boolean overwrite;

    @Override
    protected void run() throws IOException {
        NamedModel model = NamedModel.of(size);
        Path folder = output == null ? Path.of("preset_kernels", model.name()) : output;
        List<Shape> shapes = KnownModel.kernelShapes(model.config());
        Table table = new Table("format", "m", "k", "bm", "bk", "bmm");
        List<KernelConfigFile> files = new ArrayList<>();
        for (TileFormat format : formats.formats()) {
            KernelConfigFile file = KernelConfigFile.of(format, shapes);
            for (TileConfig tile : file.tiles())
                table.add(format.type().label(), tile.m(), tile.k(), tile.bm(), tile.bk(), tile.bmm());
            for (Shape shape : file.unfit())
                err().println(format.type().label() + " has no legal tile for " + shape.m() + " x " + shape.k()
                        + "; matrices of this shape need another type, such as i2_s");
            if (!file.tiles().isEmpty()) files.add(file);
        }
        if (files.isEmpty())
            throw new CommandFailure(model.name() + " has no shape that can be tiled; nothing is written");
        PrintWriter log = json ? err() : out();
        log.print(table.render(OutputFormat.text));
        for (KernelConfigFile file : files) log.println("wrote " + file.write(folder, overwrite));
        Table measured = tuning.run(model, folder, log, err());
        if (json) out().print(measured.render(OutputFormat.json));
        else if (tuning.isTuning()) out().print(measured.render(OutputFormat.text));
    }
}
