package dev.lutra.tests;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The two trained checkpoints with reference outputs, and their conversions, made once per test run. */
enum StoryModels {
    /** Trained in full precision. */
    FLOAT("story-float"),
    /** Its projections trained ternary; the checkpoint that is embedded in the program. */
    TERNARY("story-ternary");

    private static final Map<String, Path> CONVERTED = new HashMap<>();

    private final String folder;

    StoryModels(String folder) {
        this.folder = folder;
    }

    /** The Hugging Face checkpoint. */
    Path checkpoint() {
        return this == FLOAT
                ? resource("/story-float/config.json").getParent()
                : resource("/dev/lutra/tools/embedded/story-ternary/config.json", true)
                        .getParent();
    }

    /** What transformers computes: {@code float32}, and {@code w158a8} for the ternary checkpoint. */
    JsonNode expected() throws IOException {
        return JsonMapper.builder().build().readTree(Files.readAllBytes(resource("/" + folder + "/expected.json")));
    }

    /** The checkpoint as a GGUF file of {@code type}, converted by the command. */
    Path gguf(String type) {
        synchronized (CONVERTED) {
            return CONVERTED.computeIfAbsent(folder + type, key -> {
                Path target = Path.of("target", "models", folder + "-" + type + ".gguf");
                try {
                    Files.createDirectories(target.getParent());
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                Program.succeed(
                        "convert-qwen25",
                        checkpoint().toString(),
                        "--quant",
                        type,
                        "-o",
                        target.toString(),
                        "--overwrite");
                return target;
            });
        }
    }

    /** Held-out text as token ids. */
    static Path validationText() {
        return resource("/story-valid.u16");
    }

    private static Path resource(String name) {
        return resource(name, false);
    }

    private static Path resource(String name, boolean mayBeInJar) {
        URL url = Objects.requireNonNull(StoryModels.class.getResource(name), name);
        try {
            if (mayBeInJar && url.getProtocol().equals("jar")) {
                System.setProperty(
                        "lutra.cache",
                        Path.of("target", "cache").toAbsolutePath().toString());
                return dev.lutra.tools.embedded.EmbeddedModel.checkpoint().resolve("config.json");
            }
            return Path.of(url.toURI());
        } catch (URISyntaxException | IOException e) {
            throw new AssertionError(e);
        }
    }
}
