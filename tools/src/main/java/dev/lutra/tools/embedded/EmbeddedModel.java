package dev.lutra.tools.embedded;

import dev.lutra.tools.cli.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * {@code story-ternary}: a Qwen2 model of 5 million parameters whose projections were trained ternary, on children's stories.
 * It lies in the jar as a Hugging Face checkpoint and is copied out to be used like any other.
 */
public final class EmbeddedModel {
    private static final List<String> FILES = List.of(
            "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors");

    private EmbeddedModel() {}

    /**
     * The folder that caches of this program go into: the property {@code lutra.cache}, the variable {@code LUTRA_CACHE}, or
     * the user's cache folder.
     */
    public static Path cacheFolder() {
        String own = System.getProperty("lutra.cache", System.getenv("LUTRA_CACHE"));
        String xdg = System.getenv("XDG_CACHE_HOME");
        if (own != null && !own.isBlank()) return Path.of(own);
        Path user = xdg != null && !xdg.isBlank() ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache");
        return user.resolve("lutra");
    }

    /** The checkpoint as a folder, copied out of the jar where that has not been done. */
    public static Path checkpoint() throws IOException {
        Path folder = Files.createDirectories(cacheFolder().resolve("story-ternary"));
        for (String name : FILES) {
            try (InputStream in = EmbeddedModel.class.getResourceAsStream("story-ternary/" + name)) {
                if (in == null) throw new CommandFailure("the jar lacks its embedded model; build it again");
                byte[] content = in.readAllBytes();
                Path file = folder.resolve(name);
                if (Files.isRegularFile(file) && Files.size(file) == content.length) continue;
                Path part = Files.createTempFile(folder, name, ".part");
                Files.write(part, content);
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return folder;
    }
}
