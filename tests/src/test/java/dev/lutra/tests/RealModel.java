package dev.lutra.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real chat model of 26 million parameters with texts that it wrote: too large for the repository, it lies beside it. */
final class RealModel {
    /** Whether tests that take minutes are to run, too: {@code -Dlutra.tests.whole}. */
    static final boolean WHOLE = System.getProperty("lutra.tests.whole") != null;

    private RealModel() {}

    /** The model's reference outputs, and what other quantizers make of it. */
    static JsonNode expected() throws IOException {
        return JsonMapper.builder()
                .build()
                .readTree(Files.readAllBytes(checkpoint().resolve("expected.json")));
    }

    /** The checkpoint's folder; the test that asks is skipped where there is none. */
    static Path checkpoint() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path candidate = at.resolve("shared/fixtures/real-small");
            if (Files.isDirectory(candidate)) return candidate;
        }
        return Assumptions.abort("shared/fixtures/real-small is not beside the repository");
    }
}
