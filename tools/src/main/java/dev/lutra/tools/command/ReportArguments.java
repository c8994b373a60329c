package dev.lutra.tools.command;

import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.model.TransformerLoader;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.ConversionReport;
import dev.lutra.tools.convert.ErrorsByKind;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceWeights;
import dev.lutra.tools.convert.TensorReport;
import dev.lutra.tools.study.Folders;
import dev.lutra.tools.study.Study;
import dev.lutra.tools.study.StudyOptions;
import dev.lutra.tools.study.StudyRow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** The report on a conversion, in JSON: sizes, errors by kind of tensor and by tensor and, on request, what it did to the model. */
public final class ReportArguments {
    private static final int CONTEXT = 256, CHUNKS = 24, SAMPLE_TOKENS = 24;
    /** Of samples to compare on; calibration begins with 1. */
    private static final long SEED = 2;

    @Option(
            names = "--report",
            paramLabel = "F",
            description = "Write sizes, errors by kind of tensor, and every tensor's type, size and error to F (JSON).")
    private @Nullable Path file;

    @Option(
            names = "--report-text",
            paramLabel = "FILE|self",
            description = "With --report: a text, ids (.u16, .json) or the model's own samples on which the result is"
                    + " compared with the original, as quant-study does: perplexity, KL divergence, equal top tokens,"
                    + " a sample, a verdict.")
    private @Nullable String text;

    /**
     * Writes the report, if one is wanted.
     *
     * @param original the model before conversion and calibration
     * @param data what the quantizer knew of the model's activations: none, importance or calibration
     * @param files the result
     */
    void write(
            ModelSource original, String format, String data, List<Path> files, List<TensorReport> tensors, int threads)
            throws IOException {
        if (text != null && file == null) throw new CommandFailure("--report-text needs --report F to write to");
        if (file == null) return;
        long bytes = 0;
        for (Path part : files) bytes += Files.size(part);
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("format", format);
        report.put("data", data);
        report.put("files", files.stream().map(Path::toString).toList());
        report.put("bytes", bytes);
        report.put("bits_per_weight", Study.bitsPerWeight(tensors));
        report.put("relative_error", ErrorsByKind.of(tensors).values());
        if (text != null) report.put("evaluation", evaluation(original, format, data, files, tensors, threads, text));
        report.put("tensors", new ConversionReport(tensors).tensors().objects());
        String json =
                JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report);
        Files.writeString(file, json + "\n", StandardCharsets.UTF_8);
    }

    private static Map<String, Object> evaluation(
            ModelSource original,
            String format,
            String data,
            List<Path> files,
            List<TensorReport> tensors,
            int threads,
            String text)
            throws IOException {
        Tokenizer tokenizer = GgufTokenizer.load(original.metadata(), null, warning -> {});
        Path work = Files.createTempDirectory("lutra-report");
        try (Team team = Team.of(threads)) {
            Kernels kernels = Kernels.best(team).sound();
            StudyOptions options = options(original, tokenizer, kernels, text, work);
            try (Study study = new Study(original, tokenizer, options, kernels)) {
                StudyRow full = study.base();
                return found(full, study.measure(files.getFirst(), "file", format, data, 1, tensors));
            }
        } finally {
            Folders.delete(work);
        }
    }

    private static StudyOptions options(
            ModelSource original, Tokenizer tokenizer, Kernels kernels, String text, Path work) throws IOException {
        try (Arena copies = Arena.ofShared();
                Transformer full =
                        TransformerLoader.load(original.config(), new SourceWeights(original, copies), kernels)) {
            EvaluationTexts texts = new EvaluationTexts(full, tokenizer, CONTEXT);
            int[] tested = texts.tokens(text, CHUNKS, SEED, "the report");
            if (tested.length < CONTEXT)
                throw new CommandFailure(
                        "the text of the report has " + tested.length + " tokens; it needs " + CONTEXT + " or more");
            return new StudyOptions(
                    tested,
                    CONTEXT,
                    Math.min(CHUNKS, tested.length / CONTEXT),
                    null,
                    null,
                    CONTEXT,
                    TypeOverrides.NONE,
                    texts.prompt(EvaluationTexts.PROMPT),
                    SAMPLE_TOKENS,
                    false,
                    work,
                    false);
        }
    }

    private static Map<String, Object> found(StudyRow full, StudyRow row) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("ppl_full_precision", full.perplexity());
        found.put("ppl", row.perplexity());
        found.put("kl", row.kl());
        found.put("same_top", row.sameTop());
        found.put("verdict", row.verdict().name().toLowerCase(Locale.ROOT));
        found.put("sample_full_precision", full.sample());
        found.put("sample", row.sample());
        return found;
    }
}
