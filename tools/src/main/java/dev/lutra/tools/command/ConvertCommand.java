package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.convert.CheckpointSource;
import dev.lutra.tools.convert.TargetFormat;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code convert-qwen25}: from a Hugging Face checkpoint to GGUF. */
@Command(
        name = "convert-qwen25",
        description = "Converts a Hugging Face checkpoint (Qwen2, Qwen2.5, Qwen2-MoE, Qwen3, BitNet) to GGUF.")
public final class ConvertCommand extends BaseCommand {
    @Mixin
    private ConversionOptions options = new ConversionOptions();

    @Parameters(paramLabel = "MODEL_DIR", description = "Folder with config.json, tokenizer.json and *.safetensors.")
    private Path folder;

    @Option(
            names = {"-o", "--output", "--outfile"},
            paramLabel = "FILE",
            description = "Output file; default: MODEL_DIR-TYPE.gguf in the working directory.")
    private @Nullable Path output;

    @Option(
            names = {"-q", "--quant", "--outtype"},
            paramLabel = "TYPE",
            defaultValue = "tl2",
            description = "Format of the weights: tl2 (default), tl1, i2_s, tl2x2, tl2x3, or one of llama.cpp's:"
                    + " f32, f16, bf16, q8_0, q4_k_m, ...")
    private String quant;

    @Option(
            names = "--pre",
            paramLabel = "NAME",
            description = "How text is split into words (qwen2, ...), instead of what tokenizer.json says.")
    private @Nullable String pre;

    @Override
    protected void run() throws IOException {
        TargetFormat format;
        PreTokenizer preTokenizer;
        try {
            format = TargetFormat.byName(quant);
            preTokenizer = pre == null
                    ? null
                    : PreTokenizer.byName(pre)
                            .orElseThrow(() -> new IllegalArgumentException("--pre: no split is called '" + pre + "'"));
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        try (CheckpointSource source = CheckpointSource.open(folder, preTokenizer, err()::println)) {
            Path target = output == null
                    ? Path.of(folder.toRealPath().getFileName() + "-" + format.label() + ".gguf")
                    : output;
            options.convert(source, format, target, out(), err());
        }
    }
}
