package dev.lutra.tests;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A real chat model of 26 million parameters with texts that it wrote: too large for the repository, it lies beside it. */
final class RealModel {
    private RealModel() {}

    /** The checkpoint's folder; the test that asks is skipped where there is none. */
    static Path checkpoint() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path candidate = at.resolve("shared/fixtures/real-small");
            if (Files.isDirectory(candidate)) return candidate;
        }
        return Assumptions.abort("shared/fixtures/real-small is not beside the repository");
    }
}
