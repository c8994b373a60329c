package dev.lutra.tools.harness;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How long a process of this program takes to a model's first token, and how much private memory it holds then; the file is in
 * the page cache. Memory is read from /proc, where there is one.
 */
public final class StartupSuite {
    private static final int RUNS = 5;
    private static final int CONTEXT = 4096;

    private final Table table =
            new Table("model", "threads", "process s", "private memory", "weights + cache", "private / both");

    /** Starts the program with {@code mainClass} and {@code file} a few times; the fastest run counts, and the largest memory. */
    public void run(Path file, String name, int threads, String mainClass) throws IOException {
        double best = Double.POSITIVE_INFINITY;
        long most = 0;
        for (int run = 0; run < RUNS; run++) {
            long start = System.nanoTime();
            Process process = new ProcessBuilder(command(file, threads, mainClass))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            while (process.isAlive()) {
                most = Math.max(most, privateBytes(process.pid()));
                pause();
            }
            if (process.exitValue() != 0) throw new IOException("run-inference ended with " + process.exitValue());
            best = Math.min(best, (System.nanoTime() - start) * 1e-9);
        }
        long both = Files.size(file) + cacheBytes(file);
        table.add(
                name,
                threads,
                Table.number(best, 2),
                most == 0 ? new Table.Cell(null, "") : new Table.Cell(most, Sizes.bytes(most)),
                new Table.Cell(both, Sizes.bytes(both)),
                most == 0 ? new Table.Cell(null, "") : Table.number((double) most / both, 2));
    }

    /** This JVM's options, so that a launcher's are measured too. */
    private static List<String> command(Path file, int threads, String mainClass) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(List.of("run-inference", "-m", file.toString(), "-p", "Hello", "-n", "1", "--temp", "0"));
        command.addAll(List.of("-t", Integer.toString(threads), "-c", Integer.toString(CONTEXT)));
        return command;
    }

    private static long privateBytes(long process) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + process + "/status")))
                if (line.startsWith("RssAnon:")) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        } catch (IOException e) {
            // no such system, or the process has just ended
        }
        return 0;
    }

    private static long cacheBytes(Path file) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            ModelConfig config = GgufConfig.read(gguf);
            return 2L * config.layers() * config.keyWidth() * Math.min(CONTEXT, config.context()) * Short.BYTES;
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    public Table table() {
        return table;
    }
}
