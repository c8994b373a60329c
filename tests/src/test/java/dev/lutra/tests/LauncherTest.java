package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher and its AOT cache, with a stand-in for the JDK that writes down how it is called. */
class LauncherTest {
    private static final Path REPOSITORY = Path.of("..");

    @TempDir
    private Path folder;

    private Path app;
    private Path calls;

    @BeforeEach
    void layOut() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "the launcher is a shell script");
        app = Files.createDirectories(folder.resolve("tools/target/app"));
        calls = folder.resolve("calls");
        Files.createDirectory(folder.resolve("bin"));
        for (String script : List.of("lutra", "bin/.make-aot", "bin/find-jdk"))
            Files.copy(
                    REPOSITORY.resolve(script),
                    folder.resolve(script),
                    java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(app.resolve("lutra.jar"), "first build");
        jdk("true");
    }

    /** A JDK whose java runs {@code recording} in the shell when it is to record {@code $cache}, and prints a path otherwise. */
    private void jdk(String recording) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("jdk/bin"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
        script(bin.resolve("javac"), "exit 1");
        script(bin.resolve("java"), """
                echo "$*" >>'%s'
                for argument; do
                    case $argument in
                        -XX:AOTCacheOutput=*) cache=${argument#*=}; %s; exit ;;
                    esac
                done
                echo model.gguf""".formatted(calls, recording));
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    /** Starts a command, waits until nothing is being recorded, and returns the options that the command's JVM had. */
    private String start(String... arguments) throws IOException, InterruptedException {
        Files.deleteIfExists(calls);
        List<String> command = new ArrayList<>(List.of(folder.resolve("lutra").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LUTRA_JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment().remove("LUTRA_AOT");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        boolean recording = Files.readAllLines(calls).stream().noneMatch(call -> call.contains("-XX:AOTCache="));
        if (recording) await();
        return Files.readAllLines(calls).stream()
                .filter(call -> call.endsWith(String.join(" ", arguments)))
                .findFirst()
                .orElseThrow();
    }

    /** Waits for the end of a recording, which begins in the background. */
    private void await() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end) {
            boolean begun = Files.readAllLines(calls).stream().anyMatch(call -> call.contains("-XX:AOTCacheOutput="));
            if (begun && files(".lock").isEmpty()) return;
            Thread.sleep(20);
        }
        throw new AssertionError("no recording in " + Files.readAllLines(calls));
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(app)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    @Test
    void theSecondStartHasTheCacheOfTheFirst() throws Exception {
        jdk("echo recorded >\"$cache\"");
        assertFalse(start("run-inference", "-m", "m").contains("-XX:AOTCache="));
        Path cache = files(".aot").getFirst();
        assertEquals("recorded\n", Files.readString(cache));
        String second = start("run-inference", "-m", "m");
        assertTrue(second.contains("-XX:AOTCache=" + cache.toRealPath() + " "), second);
        assertFalse(second.contains("jdk.incubator.vector"), second);
        assertTrue(second.contains("-Dlutra.vectorOnDemand=true"), second);
    }

    @Test
    void anotherBuildMakesAnotherCache() throws Exception {
        jdk("echo recorded >\"$cache\"");
        start("run-inference");
        Path first = files(".aot").getFirst();
        Files.writeString(app.resolve("lutra.jar"), "second build");
        assertFalse(start("run-inference").contains("-XX:AOTCache="), "the cache is of other jars");
        assertEquals(1, files(".aot").size(), "that of the first build is gone");
        assertFalse(Files.exists(first));
        assertTrue(start("run-inference").contains("-XX:AOTCache="));
    }

    @Test
    void aFailedRecordingLeavesNothingAndHarmsNoCommand() throws Exception {
        jdk("echo half >\"$cache\"; exit 3");
        for (int run = 0; run < 2; run++) {
            assertFalse(start("run-inference").contains("-XX:AOTCache="));
            assertEquals(List.of(), files(".aot"));
            assertEquals(List.of(), files(".lock"));
        }
    }

    @Test
    void commandsThatComputeLongHaveTheVectorApiAndACacheOfTheirOwn() throws Exception {
        jdk("echo recorded >\"$cache\"");
        start("run-inference");
        String call = start("e2e-benchmark");
        assertTrue(call.contains("--add-modules=jdk.incubator.vector"), call);
        assertFalse(call.contains("vectorOnDemand"), call);
        assertEquals(2, files(".aot").size());
    }

    @Test
    void withoutACacheWhenToldTo() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(folder.resolve("lutra").toString(), "models").redirectErrorStream(true);
        builder.environment().put("LUTRA_JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment().put("LUTRA_AOT", "off");
        assertEquals(0, builder.start().waitFor());
        assertEquals(1, Files.readAllLines(calls).size());
        assertFalse(Files.readString(calls).contains("AOTCache"));
    }
}
