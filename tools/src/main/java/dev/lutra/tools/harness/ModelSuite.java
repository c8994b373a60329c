package dev.lutra.tools.harness;

import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.gguf.model.ModelSize;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.tools.benchmark.BenchmarkTest;
import dev.lutra.tools.benchmark.ModelBenchmark;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Whole models: prefill and decode, as shares of the roofline and, for several digits, of the one-digit model. */
public final class ModelSuite {
    private final int prompt;
    private final int generated;
    private final int repetitions;
    private final Progress progress;
    private final Table table = new Table(
            "size",
            "format",
            "head",
            "kernel",
            "threads",
            "pp t/s",
            "of peak",
            "tg t/s",
            "of read",
            "pp / one digit",
            "tg / one digit");

    /** Prefill and decode rates of the one-digit model of a size, by size, kernel and threads. */
    private final Map<String, double[]> oneDigit = new HashMap<>();

    /**
     * @param prompt tokens that are prefilled
     * @param generated tokens that are decoded
     * @param repetitions of which the fastest counts, as for the roofline
     */
    public ModelSuite(int prompt, int generated, int repetitions, Progress progress) {
        this.prompt = prompt;
        this.generated = generated;
        this.repetitions = repetitions;
        this.progress = progress;
    }

    /** One row for the model in {@code file}; of one size, the one-digit format comes first. */
    public void run(Path file, String size, String format, KernelKind kind, Roofline roofline) throws IOException {
        int threads = roofline.threads();
        String kernel = kind.name().toLowerCase(Locale.ROOT), key = size + " " + kernel + " " + threads;
        ModelOptions options = ModelOptions.threads(threads).withKernels(kind);
        try (LanguageModel model = LanguageModel.open(file, options)) {
            ModelBenchmark benchmark = new ModelBenchmark(model.transformer(), CacheType.F16, Integer.MAX_VALUE);
            double prefill = rate(benchmark, new BenchmarkTest(prompt, 0, 0));
            double before = roofline.now().readBytes(), decode = rate(benchmark, new BenchmarkTest(0, generated, 0));
            double bandwidth = Math.max(before, roofline.now().readBytes());
            double[] one = oneDigit.computeIfAbsent(key, absent -> new double[] {prefill, decode});
            double work = ModelSize.of(model.config()).projections();
            table.add(
                    size,
                    format,
                    headType(model),
                    kernel,
                    threads,
                    Table.number(prefill, 1),
                    Cells.share(prefill * work, roofline.multiplyAdds()),
                    Table.number(decode, 1),
                    Cells.share(decode * model.transformer().weightBytesPerToken(), bandwidth),
                    Table.number(prefill / one[0], 2),
                    Table.number(decode / one[1], 2));
            progress.log(String.format(
                    Locale.ROOT,
                    "%s %s, %s, %d thread(s): pp%d %.1f, tg%d %.1f tokens per second",
                    size,
                    format,
                    kernel,
                    threads,
                    prompt,
                    prefill,
                    generated,
                    decode));
        }
    }

    private double rate(ModelBenchmark benchmark, BenchmarkTest test) {
        long[] nanos = benchmark.run(test, repetitions, true);
        return test.tokens() * 1e9 / Arrays.stream(nanos).min().orElseThrow();
    }

    private static String headType(LanguageModel model) {
        return model.file()
                .find("output.weight")
                .or(() -> model.file().find("token_embd.weight"))
                .orElseThrow()
                .type()
                .label();
    }

    public Table table() {
        return table;
    }
}
