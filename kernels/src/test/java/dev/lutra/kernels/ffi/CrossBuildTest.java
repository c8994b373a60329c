package dev.lutra.kernels.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
        for (String program : List.of(COMPILER, EMULATOR))
            Assumptions.assumeTrue(Commands.isInstalled(program), "skipped: " + program + " is not installed");
        Commands commands = new Commands(directory);
        Path output = directory.resolve("native"), program = directory.resolve("ternary_exact");
        commands.run(
                Map.of("CC", COMPILER, "LUTRA_TARGET", "linux-aarch64"),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "src/build/BuildNative.java",
                        Commands.SOURCES.toString(),
                        output.toString(),
                        directory.resolve("work").toString()));
        Path library = output.resolve("linux-aarch64");
        commands.run(
                Map.of(),
                List.of(
                        COMPILER,
                        "-O2",
                        "-I" + Commands.SOURCES,
                        Commands.TESTS.resolve("ternary_exact.c").toString(),
                        "-o",
                        program.toString(),
                        "-L" + library,
                        "-llutra",
                        "-Wl,-rpath," + library));
        String answer = commands.run(
                Map.of(), List.of(EMULATOR, "-cpu", "max", "-L", "/usr/aarch64-linux-gnu", program.toString()));
        assertEquals("dotprod neon scalar exact", answer.strip());
    }
}
