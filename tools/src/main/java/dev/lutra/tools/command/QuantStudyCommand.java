package dev.lutra.tools.command;

import dev.lutra.engine.evaluation.ImportanceRecorder;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.model.TransformerLoader;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.imatrix.ImportanceFile;
import dev.lutra.quant.imatrix.ImportanceMatrix;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.CheckpointSource;
import dev.lutra.tools.convert.GgufSource;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceWeights;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.study.Folders;
import dev.lutra.tools.study.Study;
import dev.lutra.tools.study.StudyCase;
import dev.lutra.tools.study.StudyChart;
import dev.lutra.tools.study.StudyFormat;
import dev.lutra.tools.study.StudyOptions;
import dev.lutra.tools.study.StudyRow;
import dev.lutra.tools.study.StudyTable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quant-study}: what every format does to one model. */
@Command(
        name = "quant-study",
        description = {
            "Applies every format to a model and prints for each: size, bits per weight, relative error by tensor"
                    + " kind, perplexity, KL divergence and share of equal top tokens against full precision, a sample, a"
                    + " verdict.",
            "Only the projections are quantized unless --token-embedding-type and --output-type say otherwise."
                    + " Weights are read back and multiplied in float32; --kernels runs the files as a user would.",
            "Verdicts by KL divergence in nats per token: lossless to 0.01, good to 0.1, degraded to 1, unusable above."
        })
public final class QuantStudyCommand extends BaseCommand {
    private static final String SELF = EvaluationTexts.SELF, NONE = "none";

    @Parameters(paramLabel = "MODEL_DIR", description = "A checkpoint folder, or a GGUF file of plain floats.")
    private Path model;

    @Option(
            names = "--types",
            split = ",",
            paramLabel = "LIST",
            description =
                    "Formats, separated by commas; default: all. A type (q4_k) is one type throughout with llama.cpp's"
                            + " fallbacks, a mixture (q4_k_m, q2_k_mix) is llama.cpp's; tl2x2_calibrated and"
                            + " tl2x3_calibrated are fitted, digits@4.5 mixes them; int8/row, int4/32, int4/128, int4/row,"
                            + " int2/row exist for analysis.")
    private @Nullable List<String> types;

    @Option(
            names = "--calibration",
            paramLabel = "FILE|self|none",
            defaultValue = SELF,
            description =
                    "Text or ids (.u16, .json) for importance and calibrated digits. Default: the model's own samples.")
    private String calibration;

    @Option(
            names = "--test",
            paramLabel = "FILE|self",
            defaultValue = SELF,
            description = "Text or ids on which models are compared. Default: other samples of the model's.")
    private String test;

    @Option(
            names = "--imatrix",
            paramLabel = "F",
            description = "Importance matrix to use instead of one made from the calibration text.")
    private @Nullable Path imatrix;

    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "CTX",
            defaultValue = "256",
            description = "Tokens of a text or chunk, each read alone. Default 256.")
    private int context;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            defaultValue = "24",
            description = "Chunks of the test text at most. Default 24.")
    private int chunks;

    @Option(
            names = "--calibration-samples",
            paramLabel = "N",
            defaultValue = "64",
            description = "Texts that the model writes for --calibration self. Default 64.")
    private int samples;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of the samples. Default 1.")
    private long seed;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            defaultValue = EvaluationTexts.PROMPT,
            description = "What the sample answers, as a user's turn where the model has a chat template, or continues."
                    + " Default: \"${DEFAULT-VALUE}\".")
    private String prompt;

    @Option(
            names = {"-n", "--sample-tokens"},
            paramLabel = "N",
            defaultValue = "24",
            description = "Tokens of the sample. Default 24.")
    private int sampleTokens;

    @Option(
            names = "--kernels",
            description =
                    "Run files with the product's kernels (int8 activations) instead of float32; formats for analysis"
                            + " are always run in float32.")
    private boolean kernels;

    @Mixin
    private TypeOptions tensorTypes = new TypeOptions();

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--plot", paramLabel = "F.png", description = "Chart of KL divergence against bits per weight.")
    private @Nullable Path plot;

    @Option(names = "--out-dir", paramLabel = "DIR", description = "Keep every format's GGUF file in DIR.")
    private @Nullable Path folder;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, md, json, jsonl or csv. Default text.")
    private OutputFormat format;

    @Override
    protected void run() throws IOException {
        if (context < 2 || chunks < 1 || samples < 1 || sampleTokens < 0)
            throw usage("-c must be 2 or more, --chunks and --calibration-samples positive");
        List<StudyFormat> formats = formats();
        try (ModelSource source = open();
                Team team = Team.of(threads.threads())) {
            Kernels best = Kernels.best(team).sound();
            Path work = folder == null ? Files.createTempDirectory("lutra-study") : Files.createDirectories(folder);
            try {
                List<StudyRow> rows = study(source, formats, options(source, best, work), best);
                out().print(StudyTable.of(rows).render(format));
                if (plot != null)
                    StudyChart.write(rows, String.valueOf(model.toRealPath().getFileName()), plot);
            } finally {
                if (folder == null) Folders.delete(work);
            }
        }
    }

    private List<StudyFormat> formats() {
        if (types == null) return StudyFormat.all();
        try {
            return types.stream().map(StudyFormat::byName).toList();
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private ModelSource open() throws IOException {
        return Files.isDirectory(model)
                ? CheckpointSource.open(model, null, err()::println)
                : GgufSource.open(model, I2sLayout.X86, false);
    }

    /** Runs the full model as far as texts, importance and options need it. */
    private StudyOptions options(ModelSource source, Kernels best, Path work) throws IOException {
        Tokenizer tokenizer = tokenizer(source);
        try (Arena copies = Arena.ofShared();
                Transformer full = TransformerLoader.load(source.config(), new SourceWeights(source, copies), best)) {
            EvaluationTexts texts = new EvaluationTexts(full, tokenizer, context);
            int[] tested = texts.tokens(test, chunks, seed + 1, "test");
            if (tested.length < context)
                throw new CommandFailure("the test text has " + tested.length + " tokens; give more or a smaller -c");
            int[] known = calibration.equals(NONE) ? null : texts.tokens(calibration, samples, seed, "calibration");
            return new StudyOptions(
                    tested,
                    context,
                    Math.min(chunks, tested.length / context),
                    importance(full, known),
                    known,
                    context,
                    overrides(),
                    texts.prompt(prompt),
                    sampleTokens,
                    kernels,
                    work,
                    folder != null);
        }
    }

    private @Nullable ImportanceMatrix importance(Transformer full, int @Nullable [] known) throws IOException {
        if (imatrix != null) return ImportanceFile.read(imatrix);
        if (known == null) return null;
        int count = Math.max(1, known.length / context);
        try (Progress progress = Progress.of("measuring importance", count)) {
            return ImportanceRecorder.record(full, known, context, count, calibration, done -> progress.advance(1));
        }
    }

    private TypeOverrides overrides() {
        TypeOverrides given = tensorTypes.overrides();
        return new TypeOverrides(
                given.tokenEmbedding() == null ? GgmlType.F16 : given.tokenEmbedding(),
                given.output() == null ? GgmlType.F16 : given.output(),
                given.tensors(),
                given.pure());
    }

    private static Tokenizer tokenizer(ModelSource source) {
        return GgufTokenizer.load(source.metadata(), null, warning -> {});
    }

    private List<StudyRow> study(ModelSource source, List<StudyFormat> formats, StudyOptions options, Kernels best)
            throws IOException {
        List<StudyRow> rows = new ArrayList<>();
        err().println("up to " + Sizes.bytes(Study.diskBytes(source, context, options.chunks())) + " in "
                + options.folder());
        try (Study study = new Study(source, tokenizer(source), options, best)) {
            rows.add(study.base());
            List<StudyCase> cases = study.cases(formats);
            for (StudyCase one : cases) {
                long start = System.nanoTime();
                StudyRow row;
                try {
                    row = study.run(one);
                } catch (IllegalArgumentException | ArithmeticException | CommandFailure e) {
                    if (types != null) throw e;
                    err().println(one.format().label() + ": left out, " + e.getMessage());
                    continue;
                }
                rows.add(row);
                err().printf(
                                Locale.ROOT,
                                "[%d/%d] %-18s %-11s %6.3f bits, KL %.5f, same top %.1f %%, %s; %s%n",
                                cases.indexOf(one) + 1,
                                cases.size(),
                                row.format(),
                                row.data(),
                                row.bitsPerWeight(),
                                row.kl(),
                                row.sameTop() * 100,
                                row.verdict().name().toLowerCase(Locale.ROOT),
                                Sizes.duration((System.nanoTime() - start) * 1e-9));
                err().flush();
            }
        }
        return rows;
    }
}
