package dev.lutra.tools.harness;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.model.GgufConfig;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long a process of this program takes to a model's first token, and how much private memory it holds then; the file is in
 * the page cache. Memory is read from /proc, where there is one.
 */
public final class StartupSuite {
    /** The first of them may record the launcher's AOT cache, and those after it may run beside the recording. */
    private static final int RUNS = 12;

    private static final int CONTEXT = 4096;

    private final Table table = new Table(
            "model",
            "threads",
            "to load ms",
            "load ms",
            "first prompt ms",
            "first token ms",
            "process ms",
            "private memory",
            "weights + cache",
            "private / both");

    /**
     * One start, in milliseconds. What precedes {@code load} is the launcher, the JVM and the reading of options.
     *
     * @param load reading weights and tokenizer
     * @param prompt the first evaluation
     * @param token from the start to the first byte of output
     * @param process from the start to the end
     * @param memory the most private bytes that were seen
     */
    record Start(double load, double prompt, double token, double process, long memory) {
        double beforeLoad() {
            return Math.max(0, token - load - prompt);
        }
    }

    /**
     * Starts the program a few times; the fastest run counts, and the largest memory.
     *
     * @param mainClass of the program, for when no launcher started this process
     */
    public void run(Path file, String name, int threads, String mainClass) throws IOException {
        Start best = null;
        long most = 0;
        for (int run = 0; run < RUNS; run++) {
            Start start = start(command(file, threads, mainClass));
            most = Math.max(most, start.memory);
            if (best == null || start.token < best.token) best = start;
        }
        if (best == null) return;
        long both = Files.size(file) + cacheBytes(file);
        table.add(
                name,
                threads,
                Table.number(best.beforeLoad(), 0),
                Table.number(best.load, 0),
                Table.number(best.prompt, 0),
                Table.number(best.token, 0),
                Table.number(best.process, 0),
                most == 0 ? new Table.Cell(null, "") : new Table.Cell(most, Sizes.bytes(most)),
                new Table.Cell(both, Sizes.bytes(both)),
                most == 0 ? new Table.Cell(null, "") : Table.number((double) most / both, 2));
    }

    private static Start start(List<String> command) throws IOException {
        long start = System.nanoTime(), most = 0;
        Process process = new ProcessBuilder(command).start();
        CompletableFuture<Long> token = CompletableFuture.supplyAsync(() -> firstByte(process));
        CompletableFuture<String> messages = CompletableFuture.supplyAsync(() -> messages(process));
        while (process.isAlive()) {
            most = Math.max(most, privateBytes(process.pid()));
            pause();
        }
        double end = millis(start, System.nanoTime());
        String said = messages.join();
        if (process.exitValue() != 0)
            throw new IOException("run-inference ended with " + process.exitValue() + ": " + said.strip());
        return new Start(
                reported("load time", said),
                reported("prompt eval time", said),
                millis(start, token.join()),
                end,
                most);
    }

    private static double millis(long from, long to) {
        return (to - from) * 1e-6;
    }

    /** When the process's output begins. */
    private static long firstByte(Process process) {
        try {
            process.getInputStream().read();
            long now = System.nanoTime();
            process.getInputStream().readAllBytes();
            return now;
        } catch (IOException e) {
            return System.nanoTime();
        }
    }

    private static String messages(Process process) {
        try {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The time that run-inference reported under {@code label}. */
    static double reported(String label, String messages) {
        Matcher matcher = Pattern.compile("^ *" + label + " = *([0-9.]+) ms", Pattern.MULTILINE)
                .matcher(messages);
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : Double.NaN;
    }

    /** The launcher that started this process, or this JVM with its options. */
    private static List<String> command(Path file, int threads, String mainClass) {
        List<String> command = new ArrayList<>();
        String launcher = System.getProperty("lutra.launcher");
        if (launcher != null) command.add(launcher);
        else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        }
        command.addAll(List.of("run-inference", "-m", file.toString(), "-p", "Hello", "-n", "1", "--temp", "0"));
        command.addAll(List.of("-t", Integer.toString(threads), "-c", Integer.toString(CONTEXT)));
        command.add("--no-display-prompt");
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
