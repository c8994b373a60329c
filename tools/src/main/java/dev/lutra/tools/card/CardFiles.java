package dev.lutra.tools.card;

import dev.lutra.gguf.metadata.MetadataBuilder;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The files of a checkpoint that describe it: README.md and generation_config.json. Neither is needed, and a damaged one costs no
 * more than what it says.
 *
 * @param folderName which for a downloaded checkpoint is its repository's: {@code Qwen2.5-0.5B-Instruct}
 * @param config the checkpoint's config.json
 * @param frontMatter fields at the head of README.md
 * @param generation generation_config.json
 */
public record CardFiles(String folderName, JsonNode config, Map<String, Object> frontMatter, JsonNode generation) {
    /** Far above any card; a larger file is none. */
    private static final long MOST_BYTES = 16 << 20;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Reads what lies in {@code folder}.
     *
     * @param warnings takes a line for every file that could not be read
     */
    public static CardFiles read(Path folder, JsonNode config, Consumer<String> warnings) throws IOException {
        return new CardFiles(
                String.valueOf(folder.toRealPath().getFileName()),
                config,
                frontMatter(folder.resolve("README.md"), warnings),
                generation(folder.resolve("generation_config.json"), warnings));
    }

    private static Map<String, Object> frontMatter(Path readme, Consumer<String> warnings) throws IOException {
        if (!isReadable(readme)) return Map.of();
        try {
            return FrontMatter.of(Files.readString(readme));
        } catch (IllegalArgumentException | MalformedInputException e) {
            warnings.accept(readme + ": its front matter is left out, " + e.getMessage());
            return Map.of();
        }
    }

    private static JsonNode generation(Path file, Consumer<String> warnings) throws IOException {
        if (!isReadable(file)) return MissingNode.getInstance();
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            warnings.accept(file + ": left out, it is no JSON: " + e.getOriginalMessage());
            return MissingNode.getInstance();
        }
    }

    private static boolean isReadable(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES;
    }

    /** Adds the sampling that the checkpoint recommends. */
    public void writeSampling(MetadataBuilder metadata) {
        Sampling.write(generation, metadata);
    }
}
