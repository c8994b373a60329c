package dev.lutra.tools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.tile.TileTable;
import dev.lutra.tools.dummy.RandomModel;
import dev.lutra.tools.report.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kills converting processes at random moments. A resumed conversion must give the bytes of one that nothing disturbed. */
class InterruptionTest {
    private static final int KILLS = 5;
    private static final String READY = "resumed ";

    @TempDir
    private Path folder;

    /** The process that is killed: converts a random model, flushing its journal often. */
    static final class Conversion {
        private Conversion() {}

        public static void main(String[] arguments) throws IOException {
            ModelConfig shape = new ModelConfig(
                    Architecture.QWEN2, 512, 1024, 12, 8, 2, 64, 300, true, 1e6f, null, 1e-6f, 512, null);
            SplitLimits split = SplitLimits.ofBytes(Long.parseLong(arguments[1]));
            TypeOverrides overrides = new TypeOverrides(null, null, List.of(), false);
            try (RandomModel model = new RandomModel("interrupted", shape, 1, true);
                    Team team = Team.of(2);
                    Progress progress = Progress.of("converting", 1)) {
                ConversionPlan plan = ConversionPlan.of(
                        model,
                        new ConversionRequest(TargetFormat.byName("tl2"), overrides, new TileTable(), split, true),
                        false);
                WriteOptions options = WriteOptions.FRESH
                        .withResume(true)
                        .withSource(model.identity())
                        .withCheckpointBytes(64 << 10);
                try (GgufWriter writer = GgufWriter.create(Path.of(arguments[0]), plan.file(), options)) {
                    System.out.println(READY + writer.resumedTensors());
                    new Converter(plan, team, writer, true, null, progress, warning -> {}).run();
                    writer.commit();
                }
            }
        }
    }

    private static Process start(Path target, long shardBytes) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Conversion.class.getName(),
                        target.toString(),
                        Long.toString(shardBytes))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Waits until the conversion begins; returns how many tensors it need not convert again. */
    private static int awaitStart(Process process) throws IOException {
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        assertTrue(line != null && line.startsWith(READY), String.valueOf(line));
        return Integer.parseInt(line.substring(READY.length()));
    }

    private static Map<String, byte[]> finished(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList())
                if (file.toString().endsWith(".gguf"))
                    files.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
        return files;
    }

    @ParameterizedTest
    @CsvSource({"1000000000, 11", "1000000, 12"})
    void killedConversionsResume(long shardBytes, long seed) throws IOException, InterruptedException {
        Path calm = Files.createDirectories(folder.resolve("calm")),
                killed = Files.createDirectories(folder.resolve("killed"));
        Process undisturbed = start(calm.resolve("model.gguf"), shardBytes);
        assertEquals(0, awaitStart(undisturbed));
        long begin = System.nanoTime();
        assertEquals(0, undisturbed.waitFor());
        long duration = System.nanoTime() - begin;
        Map<String, byte[]> expected = finished(calm);

        Random random = new Random(seed);
        int resumed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = start(killed.resolve("model.gguf"), shardBytes);
            resumed += awaitStart(process);
            // Each attempt goes on where the last one stopped, so that a share of the whole time is enough for each.
            TimeUnit.NANOSECONDS.sleep((long) (random.nextDouble() * duration / 2));
            process.destroyForcibly();
            process.waitFor();
            Map<String, byte[]> there = finished(killed);
            there.forEach((name, bytes) -> assertArrayEquals(expected.get(name), bytes, name));
            if (there.size() == expected.size()) for (String name : there.keySet()) Files.delete(killed.resolve(name));
        }
        Process last = start(killed.resolve("model.gguf"), shardBytes);
        resumed += awaitStart(last);
        assertEquals(0, last.waitFor());
        Map<String, byte[]> actual = finished(killed);
        assertEquals(expected.keySet(), actual.keySet());
        actual.forEach((name, bytes) -> assertArrayEquals(expected.get(name), bytes, name));
        assertTrue(resumed > 0, "no attempt had anything to resume");
        try (Stream<Path> left = Files.list(killed)) {
            assertEquals(expected.size(), left.count());
        }
    }
}
