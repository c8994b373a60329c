package dev.lutra.kernels.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds the library for ARM and runs its ternary kernels under an emulator, where the cross compiler and qemu's user mode are
 * installed (Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user).
 */
class CrossBuildTest {
    private static final String COMPILER = "aarch64-linux-gnu-gcc";
    private static final String EMULATOR = "qemu-aarch64";

    @TempDir
    Path directory;

    @Test
    void armKernelsAreExactUnderAnEmulator() throws IOException, InterruptedException {
        Assumptions.assumeTrue(isInstalled(COMPILER), "skipped: " + COMPILER + " is not installed");
        Assumptions.assumeTrue(isInstalled(EMULATOR), "skipped: " + EMULATOR + " is not installed");
        Path sources = Path.of("src/main/c"), output = directory.resolve("native");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        run(
                Map.of("CC", COMPILER, "LUTRA_TARGET", "linux-aarch64"),
                java,
                "src/build/BuildNative.java",
                sources.toString(),
                output.toString(),
                directory.resolve("work").toString());
        Path library = output.resolve("linux-aarch64"), program = directory.resolve("ternary_exact");
        run(
                Map.of(),
                COMPILER,
                "-O2",
                "-I" + sources,
                "src/test/c/ternary_exact.c",
                "-o",
                program.toString(),
                "-L" + library,
                "-llutra",
                "-Wl,-rpath," + library);
        String answer = run(Map.of(), EMULATOR, "-cpu", "max", "-L", "/usr/aarch64-linux-gnu", program.toString());
        assertEquals("dotprod neon scalar exact", answer.strip());
    }

    private static boolean isInstalled(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    private String run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path log = directory.resolve("log");
        ProcessBuilder builder =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        if (!ended) process.destroyForcibly();
        String output = Files.readString(log);
        assertTrue(ended, () -> command[0] + " did not end: " + output);
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + "\n" + output);
        return output;
    }
}
