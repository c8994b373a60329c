package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataValue;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Converted files against llama.cpp's own converter: every key, its type, its value, and their order. Its listing is
 * {@code metadata/llama.cpp.json}; long values stand there as hashes.
 */
class MetadataTest {
    /** A name from which basename, size, fine-tune, version and length of context are to be read. */
    private static final String CARD = "tale-qwen2.5-5M-chat-v1.2-32k";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(MetadataTest.class.getResource(name), name)
                .toURI());
    }

    private static List<String> expected(String model) throws IOException {
        try (InputStream in = MetadataTest.class.getResourceAsStream("/metadata/llama.cpp.json")) {
            JsonNode keys =
                    JSON.readTree(Objects.requireNonNull(in)).get("models").get(model);
            List<String> lines = new ArrayList<>();
            for (JsonNode key : keys) lines.add(describe(key));
            return lines;
        }
    }

    private static String describe(JsonNode key) {
        String type = key.get("type").stringValue();
        String start = key.get("key").stringValue() + " " + type;
        if (key.has("of")) start += " of " + key.get("of").stringValue();
        if (key.has("sha256")) return start + " sha256 " + key.get("sha256").stringValue();
        JsonNode value = key.get("value");
        if (value.isArray()) {
            List<String> elements = new ArrayList<>();
            for (JsonNode element : value) elements.add(element.asString());
            return start + " " + elements;
        }
        return start + " " + (type.equals("f32") ? Float.toString(value.floatValue()) : value.asString());
    }

    private static List<String> actual(Path model, List<String> expected) throws IOException {
        List<String> lines = new ArrayList<>();
        try (GgufFile file = GgufFile.open(model)) {
            GgufMetadata metadata = file.metadata();
            for (String key : metadata.keys()) {
                boolean hashed =
                        expected.stream().anyMatch(line -> line.startsWith(key + " ") && line.contains(" sha256 "));
                if (!key.startsWith("lutra.")) lines.add(describe(key, metadata.value(key), hashed));
            }
        }
        return lines;
    }

    private static String describe(String key, MetadataValue value, boolean hashed) {
        String type = value.type().name().toLowerCase(Locale.ROOT);
        String text = value.toString();
        if (value instanceof ArrayValue array) {
            type += " of " + array.elementType().name().toLowerCase(Locale.ROOT);
            List<String> elements = new ArrayList<>();
            for (long i = 0; i < array.size(); i++)
                elements.add(array.element(i).toString());
            text = hashed ? String.join("\n", elements) : elements.toString();
        }
        return key + " " + type + " " + (hashed ? "sha256 " + sha256(text) : text);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private Path convert(Path checkpoint, String... options) {
        Path model = folder.resolve("model.gguf");
        List<String> arguments = new ArrayList<>(
                List.of("convert-qwen25", checkpoint.toString(), "--quant", "bf16", "-o", model.toString()));
        arguments.addAll(List.of(options));
        Program.succeed(arguments.toArray(String[]::new));
        return model;
    }

    private void assertSameAsLlamaCpp(String name, Path checkpoint, String... options) throws IOException {
        List<String> expected = expected(name);
        assertEquals(String.join("\n", expected), String.join("\n", actual(convert(checkpoint, options), expected)));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList())
                if (!file.getFileName().toString().equals("expected.json"))
                    Files.copy(file, to.resolve(file.getFileName().toString()));
        }
    }

    @Test
    void aPlainCheckpoint() throws IOException {
        assertSameAsLlamaCpp("story-float", StoryModels.FLOAT.checkpoint());
    }

    /** A model card with every kind of field, sampling parameters, a telling name, and YaRN. */
    @Test
    void aCheckpointWithACard() throws IOException, URISyntaxException {
        Path checkpoint = folder.resolve(CARD);
        copy(StoryModels.FLOAT.checkpoint(), checkpoint);
        Path config = checkpoint.resolve("config.json");
        ObjectNode json = (ObjectNode) JSON.readTree(Files.readAllBytes(config));
        json.putObject("rope_scaling")
                .put("type", "yarn")
                .put("factor", 4.0)
                .put("original_max_position_embeddings", 512);
        Files.write(config, JSON.writeValueAsBytes(json));
        for (String name : List.of("README.md", "generation_config.json"))
            Files.write(checkpoint.resolve(name), Files.readAllBytes(resource("/metadata/card/" + name)));
        assertSameAsLlamaCpp(CARD, checkpoint);
    }

    /**
     * The order differs in one place, the keys of experts. These vocabularies have no merges, and an empty list of them is
     * written all the same: llama.cpp loads no vocabulary of this kind without one.
     */
    @ParameterizedTest
    @ValueSource(strings = {"qwen3", "qwen2moe"})
    void otherFamilies(String family) throws IOException, URISyntaxException {
        Path checkpoint = folder.resolve(family);
        copy(resource("/families/" + family + "/config.json").getParent(), checkpoint);
        // an empty name there would be taken for the model's
        Path config = checkpoint.resolve("config.json");
        ObjectNode json = (ObjectNode) JSON.readTree(Files.readAllBytes(config));
        json.remove("_name_or_path");
        Files.write(config, JSON.writeValueAsBytes(json));
        List<String> expected = expected(family);
        List<String> actual = actual(convert(checkpoint), expected);
        assertTrue(actual.remove("tokenizer.ggml.merges array of string []"), actual.toString());
        assertEquals(
                expected.stream().sorted().toList(), actual.stream().sorted().toList());
    }

    @Test
    void aRealModel() throws IOException {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path fixture = at.resolve("shared/fixtures/real-small");
            if (Files.isDirectory(fixture)) {
                assertSameAsLlamaCpp("real-small", fixture, "--pre", "qwen2");
                return;
            }
        }
        Assumptions.abort("shared/fixtures/real-small is not beside the repository");
    }

    @Test
    void whatTheUserSaysWins() throws IOException, URISyntaxException {
        Path checkpoint = folder.resolve("told");
        copy(StoryModels.FLOAT.checkpoint(), checkpoint);
        Files.write(checkpoint.resolve("README.md"), Files.readAllBytes(resource("/metadata/card/README.md")));
        Path stated = folder.resolve("stated.json");
        Files.writeString(stated, """
            {"general.author": "Somebody", "general.quantized_by": "Me", "general.license": "mit",
             "general.tags": ["one"], "general.base_models": [{"name": "Base", "repo_url": "https://example.com"}]}
            """);
        Path model = convert(checkpoint, "--metadata", stated.toString(), "--model-name", "A Name");
        try (GgufFile file = GgufFile.open(model)) {
            GgufMetadata metadata = file.metadata();
            assertEquals("A Name", metadata.string("general.name"));
            assertEquals("Somebody", metadata.string("general.author"));
            assertEquals("Me", metadata.string("general.quantized_by"));
            assertEquals("mit", metadata.string("general.license"));
            assertEquals("story-research", metadata.string("general.license.name"));
            assertEquals(List.of("one"), metadata.strings("general.tags"));
            assertEquals(1, metadata.intValue("general.base_model.count"));
            assertEquals("https://example.com", metadata.string("general.base_model.0.repo_url"));
            assertEquals(2, metadata.intValue("general.dataset.count"));
        }
    }

    @Test
    void brokenCardsAreWarnedAboutAndLeftOut() throws IOException {
        Path checkpoint = folder.resolve("broken");
        copy(StoryModels.FLOAT.checkpoint(), checkpoint);
        Files.writeString(checkpoint.resolve("README.md"), "---\nlicense: [mit\n---\n");
        Program result = Program.succeed(
                "convert-qwen25",
                checkpoint.toString(),
                "--quant",
                "bf16",
                "-o",
                folder.resolve("broken.gguf").toString());
        assertTrue(result.err().contains("README.md: its front matter is left out, line "), result.err());
    }
}
