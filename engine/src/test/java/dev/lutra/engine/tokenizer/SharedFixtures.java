package dev.lutra.engine.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Fixtures too large for the repository: they lie beside it, in {@code ../shared/fixtures}, where there is such a folder. */
final class SharedFixtures {
    private SharedFixtures() {}

    /** The folder of this name; skips the calling test, saying so, when it is not there. */
    static Path folder(String name) {
        Path directory = Path.of("").toAbsolutePath();
        while (directory != null) {
            Path candidate = directory.resolve("shared/fixtures").resolve(name);
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
            directory = directory.getParent();
        }
        Assumptions.abort("shared/fixtures/" + name + " is not beside the repository");
        throw new AssertionError();
    }
}
