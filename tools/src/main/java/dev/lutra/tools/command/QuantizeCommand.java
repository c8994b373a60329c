package dev.lutra.tools.command;

import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.convert.GgufSource;
import dev.lutra.tools.convert.TargetFormat;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quantize}: from GGUF to GGUF. */
@Command(
        name = "quantize",
        description = "Writes a GGUF model in another format. Ternary formats become one another without loss.")
public final class QuantizeCommand extends BaseCommand {
    @Mixin
    private ConversionOptions options = new ConversionOptions();

    @Parameters(index = "0", paramLabel = "IN.gguf", description = "The model; of a sharded one, the first file.")
    private Path input;

    @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
    private Path output;

    @Parameters(index = "2", paramLabel = "TYPE", description = "The format, as for convert-qwen25 --quant.")
    private String type;

    @Option(
            names = "--allow-requantize",
            description = "Quantize weights that are quantized already, although both losses add up.")
    private boolean requantize;

    @Option(
            names = "--i2s-layout",
            paramLabel = "L",
            description =
                    "Order of trits in IN's I2_S tensors: x86 (default), or arm64 for files made by bitnet.cpp on ARM.")
    private I2sLayout layout = I2sLayout.X86;

    @Override
    protected void run() throws IOException {
        TargetFormat format;
        try {
            format = TargetFormat.byName(type);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        try (GgufSource source = GgufSource.open(input, layout, requantize)) {
            options.convert(source, format, output, out(), err());
        }
    }
}
