package dev.lutra.tools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.team.Team;
import dev.lutra.tools.Lutra;
import dev.lutra.tools.dummy.CheckpointWriter;
import dev.lutra.tools.dummy.RandomModel;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kills {@code convert-qwen25} at twenty random moments. What {@code --resume} makes in the end is to the byte what an
 * undisturbed conversion makes, and until then nothing incomplete has a final name.
 */
class InterruptionTest {
    private static final int KILLS = 10;
    private static final Pattern RESUMING = Pattern.compile("resuming: (\\d+) tensors");

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeCheckpoint() throws IOException {
        ModelConfig shape =
                new ModelConfig(Architecture.QWEN2, 512, 1024, 16, 8, 2, 64, 300, true, 1e6f, null, 1e-6f, 512, null);
        try (RandomModel model = new RandomModel("interrupted", shape, 1, true);
                Team team = Team.of(2);
                Progress progress = Progress.of("writing", 1)) {
            new CheckpointWriter(model, shared.resolve("model"), false, CheckpointWriter.SHARD_BYTES)
                    .write(team, progress);
        }
    }

    /** A conversion in a process of its own. */
    private record Conversion(Process process, Path target, Path log) {
        static Conversion start(Path target, Object... arguments) throws IOException {
            Path log = Files.createTempFile(shared, "log", ".txt");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "--add-modules=jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    Lutra.class.getName()));
            for (Object argument : arguments) command.add(String.valueOf(argument));
            return new Conversion(
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start(),
                    target,
                    log);
        }

        /** Waits until the first byte of output is written, or the end. */
        void awaitBegin() throws IOException, InterruptedException {
            while (process.isAlive() && names(target.getParent()).isEmpty()) TimeUnit.MILLISECONDS.sleep(1);
        }

        void succeed() throws IOException, InterruptedException {
            assertEquals(0, process.waitFor(), Files.readString(log));
        }

        /** Tensors that an earlier attempt had finished. */
        int resumed() throws IOException {
            Matcher resuming = RESUMING.matcher(Files.readString(log));
            return resuming.find() ? Integer.parseInt(resuming.group(1)) : 0;
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static Map<String, byte[]> finished(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (String name : names(folder))
            if (name.endsWith(".gguf")) files.put(name, Files.readAllBytes(folder.resolve(name)));
        return files;
    }

    @ParameterizedTest
    @CsvSource({"q8_0, 1G, 11", "tl2, 1M, 12"})
    void killedConversionsResume(String type, String shardBytes, long seed) throws IOException, InterruptedException {
        int resumed = kill(
                KILLS,
                seed,
                target -> Conversion.start(
                        target,
                        "convert-qwen25",
                        shared.resolve("model"),
                        "--quant",
                        type,
                        "--split-max-size",
                        shardBytes,
                        "--resume",
                        "-o",
                        target));
        assertTrue(resumed > 0, "no attempt had anything to resume");
    }

    /** Copies are so fast that most are not caught at work; what is caught must not be lost. */
    @Test
    void killedMergesResume() throws IOException, InterruptedException {
        Path parts = Files.createDirectories(folder.resolve("parts"));
        Conversion.start(
                        parts.resolve("model.gguf"),
                        "convert-qwen25",
                        shared.resolve("model"),
                        "--quant",
                        "f32",
                        "--split-max-tensors",
                        "50",
                        "-o",
                        parts.resolve("model.gguf"))
                .succeed();
        Path first = parts.resolve(names(parts).getFirst());
        kill(3, 13, target -> Conversion.start(target, "merge", first, target, "--resume"));
    }

    /** Starts a process that writes one target. */
    private interface Starter {
        Conversion start(Path target) throws IOException;
    }

    /** Kills {@code kills} attempts, lets another one finish, and returns how many tensors all of them resumed. */
    private int kill(int kills, long seed, Starter starter) throws IOException, InterruptedException {
        Path calm = Files.createDirectories(folder.resolve("calm")),
                killed = Files.createDirectories(folder.resolve("killed"));
        Conversion undisturbed = starter.start(calm.resolve("model.gguf"));
        undisturbed.awaitBegin();
        long begin = System.nanoTime();
        undisturbed.succeed();
        long duration = System.nanoTime() - begin;
        Map<String, byte[]> expected = finished(calm);
        assertEquals(names(calm), List.copyOf(expected.keySet()));

        Random random = new Random(seed);
        int resumed = 0;
        for (int kill = 0; kill < kills; kill++) {
            Conversion attempt = starter.start(killed.resolve("model.gguf"));
            attempt.awaitBegin();
            // Each attempt goes on where the last one stopped, so that a share of the whole time is enough for each.
            TimeUnit.NANOSECONDS.sleep((long) (random.nextDouble() * duration / 2));
            attempt.process().destroyForcibly().waitFor();
            resumed += attempt.resumed();
            Map<String, byte[]> there = finished(killed);
            there.forEach((name, bytes) -> assertArrayEquals(expected.get(name), bytes, name));
            if (there.size() == expected.size()) for (String name : there.keySet()) Files.delete(killed.resolve(name));
        }
        Conversion last = starter.start(killed.resolve("model.gguf"));
        last.succeed();
        Map<String, byte[]> actual = finished(killed);
        assertEquals(expected.keySet(), actual.keySet());
        actual.forEach((name, bytes) -> assertArrayEquals(expected.get(name), bytes, name));
        assertEquals(List.copyOf(expected.keySet()), names(killed));
        return resumed + last.resumed();
    }
}
