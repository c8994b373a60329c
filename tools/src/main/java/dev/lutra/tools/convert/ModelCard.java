package dev.lutra.tools.convert;

import dev.lutra.gguf.metadata.MetadataBuilder;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.ModelSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code general.*} keys that tell a person what the model is. llama.cpp's converter takes them from the folder's name,
 * which for a downloaded checkpoint is the repository's: {@code Qwen2.5-0.5B-Instruct}.
 */
final class ModelCard {
    private static final Pattern NAME = Pattern.compile(
            "(?<base>.+?)[-_](?<size>\\d+(?:\\.\\d+)?[KMBT])(?:[-_](?<tune>.+))?", Pattern.CASE_INSENSITIVE);

    private ModelCard() {}

    static void write(Path folder, ModelConfig config, MetadataBuilder metadata) throws IOException {
        String name = folder.toRealPath().getFileName().toString();
        Matcher parts = NAME.matcher(name);
        boolean known = parts.matches();
        metadata.string("general.architecture", config.architecture().ggufName());
        metadata.string("general.type", "model");
        metadata.string("general.name", name.replace('-', ' ').replace('_', ' '));
        if (known && parts.group("tune") != null) metadata.string("general.finetune", parts.group("tune"));
        metadata.string("general.basename", known ? parts.group("base") : name);
        metadata.string(
                "general.size_label",
                known
                        ? parts.group("size").toUpperCase(Locale.ROOT)
                        : sizeLabel(ModelSize.of(config).parameters()));
    }

    /** {@code 494M}, {@code 1.5B}: the way llama.cpp's converter rounds a count of parameters. */
    static String sizeLabel(long parameters) {
        if (parameters >= 1_000_000_000) {
            String billions = String.format(Locale.ROOT, "%.1f", parameters / 1e9);
            return (billions.endsWith(".0") ? billions.substring(0, billions.length() - 2) : billions) + "B";
        }
        if (parameters >= 1_000_000) return Math.round(parameters / 1e6) + "M";
        return Math.round(parameters / 1e3) + "K";
    }
}
