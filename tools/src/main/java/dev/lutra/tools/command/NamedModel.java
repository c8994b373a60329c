package dev.lutra.tools.command;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.HfConfig;
import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.ModelRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model of which only the dimensions matter.
 *
 * @param name {@code qwen2.5-7B} of a known size, else that of its file or folder
 */
record NamedModel(String name, ModelConfig config) {
    /**
     * The model that {@code text} means: a size or name of the registry, a checkpoint folder, or a GGUF.
     *
     * @throws IllegalArgumentException when it is none of them; the message lists the registry
     */
    static NamedModel of(String text) throws IOException {
        Path path = Path.of(text);
        if (Files.isDirectory(path))
            return new NamedModel(path.toRealPath().getFileName().toString(), HfConfig.load(path));
        if (Files.isRegularFile(path)) {
            String file = path.toRealPath().getFileName().toString();
            try (GgufFile gguf = GgufFile.open(path)) {
                return new NamedModel(file.replaceFirst("\\.gguf$", ""), GgufConfig.read(gguf));
            }
        }
        KnownModel known = ModelRegistry.bundled().require(text);
        return new NamedModel(known.name(), known.config());
    }
}
