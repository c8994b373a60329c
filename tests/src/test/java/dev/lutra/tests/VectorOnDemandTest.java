package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lutra.kernels.VectorApi;
import dev.lutra.tools.Lutra;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process that was started without the Vector API's module does what one with it does. */
class VectorOnDemandTest {
    private static final String PROMPT = "Once upon a time there was a child named";

    @TempDir
    private Path folder;

    /** What a process without the module prints, and whether it said that it has it in the end. */
    private String run(Path model, String... kernel) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-D" + VectorApi.ON_DEMAND + "=true",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Lutra.class.getName(),
                "run-inference",
                "-m",
                model.toString(),
                "-p",
                PROMPT,
                "-n",
                "12",
                "--temp",
                "0",
                "-t",
                "1"));
        command.addAll(List.of(kernel));
        Path err = folder.resolve("err");
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), Files.readString(err));
        return out + (Files.readString(err).contains("incubator") ? "with the module" : "without");
    }

    private static String expected(Path model, String... kernel) {
        List<String> arguments = new java.util.ArrayList<>(
                List.of("run-inference", "-m", model.toString(), "-p", PROMPT, "-n", "12", "--temp", "0", "-t", "1"));
        arguments.addAll(List.of(kernel));
        return Program.succeed(arguments.toArray(String[]::new)).out();
    }

    @Test
    void vectorKernelsAreHadWhenAskedFor() throws Exception {
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "a process cannot be replaced there");
        Path model = StoryModels.TERNARY.gguf("tl2");
        assertEquals(expected(model, "--kernel", "vector") + "with the module", run(model, "--kernel", "vector"));
    }

    /** Native kernels multiply Q8_0 themselves and leave Q5_K to the Vector API. */
    @ParameterizedTest
    @CsvSource({"q8_0, without", "q5_k_m, with the module", "tl2, without"})
    void whereNativeKernelsDoNotSuffice(String type, String module) throws Exception {
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "a process cannot be replaced there");
        dev.lutra.kernels.KernelKind.NATIVE.whyUnavailable().ifPresent(reason -> assumeFalse(true, reason));
        Path model = (type.equals("tl2") ? StoryModels.TERNARY : StoryModels.FLOAT).gguf(type);
        assertEquals(expected(model) + module, run(model));
        assertTrue(Files.exists(model));
    }
}
