package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.CheckpointSource;
import dev.lutra.tools.convert.TargetFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code convert-qwen25}: from a Hugging Face checkpoint to GGUF. */
@Command(
        name = "convert-qwen25",
        description = "Converts a Hugging Face checkpoint (Qwen2, Qwen2.5, Qwen2-MoE, Qwen3, BitNet) to GGUF.")
public final class ConvertCommand extends BaseCommand {
    private static final JsonMapper JSON = JsonMapper.builder().build();

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

    @Option(
            names = "--metadata",
            paramLabel = "F",
            description = "JSON object of keys general.* that win over the model card's, such as general.author.")
    private @Nullable Path metadata;

    @Option(names = "--model-name", paramLabel = "NAME", description = "The model's name for people, general.name.")
    private @Nullable String modelName;

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
        try (CheckpointSource source = CheckpointSource.open(folder, preTokenizer, stated(), err()::println)) {
            Path target = output == null
                    ? Path.of(folder.toRealPath().getFileName() + "-" + format.label() + ".gguf")
                    : output;
            options.convert(source, format, target, out(), err());
        }
    }

    /** What the user says of the model. */
    private ObjectNode stated() throws IOException {
        ObjectNode stated = JSON.createObjectNode();
        if (metadata != null) {
            try {
                if (!(JSON.readTree(Files.readAllBytes(metadata)) instanceof ObjectNode given))
                    throw new CommandFailure(metadata + ": holds no JSON object of keys general.*");
                stated = given;
            } catch (JacksonException e) {
                throw new CommandFailure(metadata + ": is no JSON: " + e.getOriginalMessage(), e);
            }
        }
        return modelName == null ? stated : stated.put("general.name", modelName);
    }
}
