package dev.lutra.kernels.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the AMX kernels without AMX: in a program of the library's own objects, as the build left them, tile instructions trap and
 * a model of them in C does their work. That shows that the sums are right if processors do what Intel documents; it shows
 * neither that they do nor how fast they are. On a processor that has and grants AMX the program runs on that.
 */
class AmxModelTest {
    /** Where the build leaves the objects of the library; see the pom. */
    private static final Path OBJECTS = Path.of("target/native");

    private static final Path MODEL = Commands.TESTS.resolve("amx_model.c");

    /** Replaced in every object but the one that defines them by those of amx_tier.c. */
    private static final List<String> WRAPPED = List.of(
            "lutra_isa_best",
            "lutra_isa_use",
            "lutra_isa_active",
            "lutra_peak",
            "lutra_ternary_gemm",
            "lutra_ternary_gated");

    @TempDir
    Path directory;

    private static String compiler = "";

    private Commands commands;

    @BeforeAll
    static void findCompiler() {
        String platform = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        Assumptions.assumeTrue(platform.equals("Linux on amd64"), "skipped: " + platform + " is not Linux on x86-64");
        compiler = Stream.of(Objects.requireNonNullElse(System.getenv("CC"), "cc"), "cc", "gcc", "clang")
                .filter(name -> Commands.isInstalled(name) || Files.isExecutable(Path.of(name)))
                .findFirst()
                .orElse("");
        Assumptions.assumeFalse(compiler.isEmpty(), "skipped: there is no C compiler");
        Assumptions.assumeTrue(
                Files.exists(OBJECTS.resolve("ternary_amx.o")), "skipped: the library was built without AMX kernels");
    }

    @BeforeEach
    void useDirectory() {
        commands = new Commands(directory);
    }

    @Test
    void theModelDoesWhatIsDocumented() throws IOException, InterruptedException {
        Path program = directory.resolve("amx_model_test");
        String test = Commands.TESTS.resolve("amx_model_test.c").toString();
        commands.run(Map.of(), List.of(compiler, "-O2", test, MODEL.toString(), "-o", program.toString()));
        assertEquals(
                "as documented",
                commands.run(Map.of(), List.of(program.toString())).strip());
    }

    @Test
    void amxKernelsAreExactOnModelledTiles() throws IOException, InterruptedException {
        Path program = directory.resolve("ternary_exact");
        List<String> link = new ArrayList<>(List.of(compiler, "-O2", "-I" + Commands.SOURCES));
        for (String source : List.of("ternary_exact.c", "amx_tier.c", "amx_trap.c", "amx_model.c"))
            link.add(Commands.TESTS.resolve(source).toString());
        link.addAll(objects());
        link.addAll(List.of("-o", program.toString(), "-lm"));
        WRAPPED.forEach(function -> link.add("-Wl,--wrap=" + function));
        commands.run(Map.of(), link);
        String answer = commands.run(Map.of(), List.of(program.toString())).strip();
        Assumptions.assumeFalse(answer.startsWith("skipped: "), answer);
        assertEquals("amx vbmi vnni avx512 avx2 scalar exact", answer);
    }

    /** The library's objects: those of its sources, not what else lies there. */
    private static List<String> objects() throws IOException {
        try (Stream<Path> sources = Files.list(Commands.SOURCES)) {
            return sources.map(source -> source.getFileName().toString())
                    .filter(name -> name.endsWith(".c"))
                    .map(name -> OBJECTS.resolve(name.replaceFirst("c$", "o")))
                    .filter(Files::exists)
                    .map(Path::toString)
                    .toList();
        }
    }
}
