package dev.lutra.tools.command;

import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.probe.ReadBandwidth;
import dev.lutra.kernels.team.Processors;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.benchmark.BenchmarkReport;
import dev.lutra.tools.benchmark.BenchmarkResult;
import dev.lutra.tools.benchmark.BenchmarkTest;
import dev.lutra.tools.benchmark.ModelBenchmark;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.IntList;
import dev.lutra.tools.report.OutputFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code e2e-benchmark}: tokens per second of whole models. */
@Command(
        name = "e2e-benchmark",
        description = "Measures prefill (pp) and decode (tg) in tokens per second, as llama-bench does. Without -m: the"
                + " embedded model.")
public final class BenchmarkCommand extends BaseCommand {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "A GGUF model; repeatable.")
    private List<Path> models = new ArrayList<>();

    @Option(
            names = {"-p", "--n-prompt"},
            paramLabel = "LIST",
            defaultValue = "512",
            converter = IntList.Converter.class,
            description = "Tokens to prefill: 512, 128,512, 64-512*2; 0 for none. Default 512.")
    private IntList prompts;

    @Option(
            names = {"-n", "--n-gen"},
            paramLabel = "LIST",
            defaultValue = "128",
            converter = IntList.Converter.class,
            description = "Tokens to decode. Default 128.")
    private IntList generated;

    @Option(
            names = "-pg",
            paramLabel = "P,N",
            description = "Prefill P, then decode N, timed together; repeatable.",
            converter = IntList.Converter.class)
    private List<IntList> combined = new ArrayList<>();

    @Option(
            names = {"-d", "--n-depth"},
            paramLabel = "LIST",
            defaultValue = "0",
            converter = IntList.Converter.class,
            description = "Tokens in the cache before the test. Default 0.")
    private IntList depths;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "LIST",
            converter = IntList.Converter.class,
            description = "Threads; default: one for each physical performance core.")
    private @Nullable IntList threads;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "LIST",
            defaultValue = "512",
            converter = IntList.Converter.class,
            description = "Tokens that are prefilled together. Default 512.")
    private IntList batches;

    @Option(
            names = {"-r", "--repetitions"},
            paramLabel = "N",
            defaultValue = "5",
            description = "Repetitions of each test. Default 5.")
    private int repetitions;

    @Option(
            names = "--kernel",
            paramLabel = "LIST",
            split = ",",
            description = "Kernels to compare: scalar, vector, native; default: the fastest.")
    private List<KernelKind> kernels = new ArrayList<>();

    @Option(
            names = {"-ctk", "--cache-type-k"},
            paramLabel = "T",
            defaultValue = "f16",
            description = "Type of the cache: f16 (default), f32, q8_0.")
    private CacheType cacheType;

    @Option(
            names = {"-ctv", "--cache-type-v"},
            paramLabel = "T",
            description = "The same as -ctk.")
    private @Nullable CacheType valueType;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "md",
            description = "md (default), json, jsonl, csv.")
    private OutputFormat format;

    @Option(names = "--no-warmup", description = "Do not run each test once before it is timed.")
    private boolean noWarmup;

    private final BenchmarkReport report = new BenchmarkReport();

    @Mixin
    private TuningOption tuning = new TuningOption();

    @Override
    protected void run() throws IOException {
        if (repetitions < 1) throw usage("-r must be positive, not " + repetitions);
        if (valueType != null && valueType != cacheType) throw usage("-ctk and -ctv must be the same");
        for (IntList pair : combined) if (pair.values().size() != 2) throw usage("-pg takes two numbers: -pg 512,128");
        List<BenchmarkTest> tests = tests();
        if (tests.isEmpty()) throw usage("nothing to measure: -p and -n are both 0");
        List<Path> files = models.isEmpty() ? List.of(QuickstartCommand.embeddedTl2(err())) : models;
        List<Integer> teams = threads == null ? List.of(Processors.here().threads()) : threads.values();
        for (int team : teams) {
            if (team < 1) throw usage("-t must be positive, not " + team);
            double bandwidth = readBandwidth(team);
            for (Path file : files)
                for (KernelKind kind : kernels.isEmpty() ? Arrays.asList((KernelKind) null) : kernels)
                    measure(file, kind, team, tests, bandwidth);
        }
        out().print(report.render(format));
    }

    private List<BenchmarkTest> tests() {
        List<BenchmarkTest> tests = new ArrayList<>();
        for (int depth : depths.values()) {
            for (int prompt : prompts.values()) if (prompt > 0) tests.add(new BenchmarkTest(prompt, 0, depth));
            for (int count : generated.values()) if (count > 0) tests.add(new BenchmarkTest(0, count, depth));
            for (IntList pair : combined)
                tests.add(new BenchmarkTest(pair.values().get(0), pair.values().get(1), depth));
        }
        return tests;
    }

    private static double readBandwidth(int threads) {
        try (Team team = Team.of(threads)) {
            return ReadBandwidth.ofMemory(team).bytesPerSecond();
        }
    }

    private void measure(Path file, @Nullable KernelKind kind, int threads, List<BenchmarkTest> tests, double bandwidth)
            throws IOException {
        ModelOptions options = new ModelOptions(
                kind, threads, I2sLayout.X86, false, null, tuning.choices(threads, err()::println), err()::println);
        try (LanguageModel model = LanguageModel.open(file, options)) {
            for (int batch : batches.values())
                for (BenchmarkTest test : tests) {
                    long[] nanos =
                            new ModelBenchmark(model.transformer(), cacheType, batch).run(test, repetitions, !noWarmup);
                    BenchmarkResult result =
                            new BenchmarkResult(file, model, threads, batch, cacheType, test, nanos, bandwidth);
                    report.add(result);
                    err().println(result.summary());
                    err().flush();
                }
        }
    }
}
