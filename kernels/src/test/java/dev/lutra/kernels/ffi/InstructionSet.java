package dev.lutra.kernels.ffi;

import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One of the native instruction sets. A test that registers it as an extension runs under it, or is skipped with the reason, and
 * leaves the best one active.
 *
 * @param name "avx2" and the like
 */
public record InstructionSet(String name) implements BeforeEachCallback, AfterEachCallback {
    /** All that this machine can run, lowest first; "scalar" where there is no library, so that tests say why they are skipped. */
    public static List<InstructionSet> all() {
        NativeLibrary library = NativeLibrary.get();
        List<String> names = library.isAvailable() ? library.isas() : List.of("scalar");
        return names.stream().map(InstructionSet::new).toList();
    }

    /** Those of {@link #all} that the build has kernels for. */
    public static List<InstructionSet> built() {
        NativeLibrary library = NativeLibrary.get();
        if (!library.isAvailable()) return all();
        List<InstructionSet> built =
                all().stream().filter(set -> library.use(set.name)).toList();
        useBest();
        return built;
    }

    /** Switches to this set, or skips the test. */
    public void use() {
        NativeLibrary library = NativeLibrary.get();
        Assumptions.assumeTrue(library.isAvailable(), () -> "native kernels: " + library.failure());
        Assumptions.assumeTrue(library.use(name), () -> "this build has no kernels for " + name);
    }

    /** Back to what the process began with. */
    public static void useBest() {
        NativeLibrary library = NativeLibrary.get();
        if (library.isAvailable()) library.use(library.isas().getLast());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        use();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        useBest();
    }

    @Override
    public String toString() {
        return name;
    }
}
