package dev.lutra.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real small chat model with figures of other quantizers. It is too large for this repository: tests that need it look for
 * {@code ../shared/fixtures/real-small} beside the repository and are reported as skipped without it.
 */
final class RealSmall {
    /** Runs what takes minutes, too: {@code -Dlutra.tests.whole}. */
    static final boolean WHOLE = System.getProperty("lutra.tests.whole") != null;

    private static final Path PLACE = Path.of("shared", "fixtures", "real-small");

    private RealSmall() {}

    /** The folder; without it the calling test is skipped. */
    static Path folder() {
        Path found = null;
        for (Path above = Path.of("").toAbsolutePath(); above != null && found == null; above = above.getParent())
            if (Files.isDirectory(above.resolve(PLACE))) found = above.resolve(PLACE);
        Assumptions.assumeTrue(found != null, "no folder " + PLACE + " beside the repository");
        return found;
    }

    static JsonNode expected() throws IOException {
        return JsonMapper.builder().build().readTree(Files.readAllBytes(folder().resolve("expected.json")));
    }
}
