package dev.lutra.tools.study;

import dev.lutra.engine.evaluation.BaseDistributions;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.model.TransformerLoader;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.engine.weights.WeightSource;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.quant.analysis.AnalysisFormat;
import dev.lutra.quant.ternary.I2sLayout;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.ErrorsByKind;
import dev.lutra.tools.convert.GgufSource;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.convert.SourceWeights;
import dev.lutra.tools.convert.TensorReport;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Applies formats to one model, one after the other. A format is written by the converter, read back as float32, and run with
 * float32 activations, so that the table shows what the format does and not what a kernel does; with
 * {@link StudyOptions#kernels} the file is run as a user would.
 */
public final class Study implements AutoCloseable {
    private final ModelSource source;
    private final StudyOptions options;
    private final Kernels kernels;
    private final StudyFiles files;
    private final Evaluator evaluator;
    private final RoundedWeights weights;
    private final Path weightsFile;

    /**
     * @param source a model of plain floats, which stays open
     * @throws CommandFailure when the disk has no room for it
     */
    public Study(ModelSource source, Tokenizer tokenizer, StudyOptions options, Kernels kernels) throws IOException {
        this.source = source;
        this.options = options;
        this.kernels = kernels;
        files = new StudyFiles(source, options, kernels);
        evaluator = new Evaluator(options, tokenizer);
        requireSpace();
        weightsFile = options.folder().resolve("weights.f32");
        Files.deleteIfExists(weightsFile);
        weights = new RoundedWeights(weightsFile, source);
    }

    /** Bytes on disk that a study of {@code source} takes, without files that are kept. */
    public static long diskBytes(ModelSource source, int context, int chunks) {
        long distributions = BaseDistributions.byteSize(context, source.config().vocabulary(), chunks);
        return RoundedWeights.byteSize(source) + distributions + originalBytes(source);
    }

    private void requireSpace() throws IOException {
        long needed = diskBytes(source, options.context(), options.chunks());
        long free = Files.getFileStore(options.folder()).getUsableSpace();
        if (free < needed)
            throw new CommandFailure("the study takes " + Sizes.bytes(needed) + " in " + options.folder()
                    + ", which has " + Sizes.bytes(free) + "; name another folder with --out-dir");
    }

    private static long originalBytes(ModelSource source) {
        return source.tensors().stream().mapToLong(SourceTensor::storedBytes).sum();
    }

    /** The model as it is; to be called before {@link #run}, which compares with it. */
    public StudyRow base() throws IOException {
        try (Arena copies = Arena.ofShared();
                Transformer model =
                        TransformerLoader.load(source.config(), new SourceWeights(source, copies), kernels)) {
            long bytes = originalBytes(source);
            return row(
                    "full precision",
                    "full precision",
                    "none",
                    bytes,
                    bitsPerWeight(),
                    Map.of(),
                    evaluator.base(model));
        }
    }

    /** Bits per weight of the projections among {@code tensors}. */
    public static double bitsPerWeight(List<TensorReport> tensors) {
        long bytes = 0, weights = 0;
        for (TensorReport tensor : tensors) {
            if (tensor.kind() != TensorKind.PROJECTION) continue;
            bytes += tensor.bytes();
            weights += tensor.elements();
        }
        return 8.0 * bytes / weights;
    }

    private double bitsPerWeight() {
        long bytes = 0;
        for (SourceTensor tensor : source.tensors())
            if (tensor.kind() == TensorKind.PROJECTION) bytes += tensor.storedBytes();
        return 8.0 * bytes / projectionWeights();
    }

    private long projectionWeights() {
        return source.tensors().stream()
                .filter(tensor -> tensor.kind() == TensorKind.PROJECTION)
                .mapToLong(tensor -> (long) tensor.rows() * tensor.columns())
                .sum();
    }

    /**
     * Applies one format.
     *
     * @throws IllegalArgumentException when it cannot hold the model
     * @throws CommandFailure when the model's family cannot be calibrated
     */
    public StudyRow run(StudyCase wanted) throws IOException {
        return wanted.format() instanceof StudyFormat.Analysis analysis ? analyse(analysis) : convert(wanted);
    }

    private StudyRow analyse(StudyFormat.Analysis analysis) throws IOException {
        AnalysisFormat format = analysis.format();
        ErrorsByKind errors = weights.fill(source, source, format::apply, kernels.team());
        double bits = 0;
        long others = 0;
        for (SourceTensor tensor : source.tensors())
            if (tensor.kind() == TensorKind.PROJECTION)
                bits += format.bitsPerWeight(tensor.columns()) * tensor.rows() * tensor.columns();
            else others += tensor.storedBytes();
        return row(
                analysis.family(),
                analysis.label(),
                "none",
                others + (long) Math.ceil(bits / 8),
                bits / projectionWeights(),
                errors.values(),
                evaluate(source));
    }

    private StudyRow convert(StudyCase wanted) throws IOException {
        StudyFiles.Written written = files.write(wanted);
        try {
            return measure(
                    written.path(),
                    wanted.format().family(),
                    wanted.format().label(),
                    wanted.data(),
                    written.bytes(),
                    written.tensors());
        } finally {
            if (!options.keepFiles()) Files.deleteIfExists(written.path());
        }
    }

    /**
     * Measures a file that was written already.
     *
     * @param file of a sharded model the first
     * @param data what its quantizer knew of the model's activations
     * @param bytes of all its parts
     * @param tensors what the converter reported
     */
    public StudyRow measure(
            Path file, String family, String format, String data, long bytes, List<TensorReport> tensors)
            throws IOException {
        try (GgufSource rounded = GgufSource.open(file, I2sLayout.X86, true)) {
            ErrorsByKind errors = weights.fill(rounded, source, (rows, from, columns) -> {}, kernels.team());
            // Folded channel scales change the weights that a calibrated format is to hold; the calibration knows them.
            if (data.equals(StudyCase.CALIBRATION)) errors = ErrorsByKind.of(tensors);
            return row(
                    family,
                    format,
                    data,
                    bytes,
                    bitsPerWeight(tensors),
                    errors.values(),
                    options.kernels() ? evaluateFile(file) : evaluate(rounded));
        }
    }

    private Evaluator.Evaluation evaluate(ModelSource rest) throws IOException {
        try (Arena copies = Arena.ofShared()) {
            WeightSource all = weights.with(rest, copies);
            try (Transformer model = TransformerLoader.load(source.config(), all, kernels)) {
                return evaluator.evaluate(model);
            }
        }
    }

    private Evaluator.Evaluation evaluateFile(Path file) throws IOException {
        try (LanguageModel model =
                LanguageModel.open(file, ModelOptions.threads(kernels.team().size()))) {
            return evaluator.evaluate(model.transformer());
        }
    }

    private StudyRow row(
            String family,
            String format,
            String data,
            long bytes,
            double bitsPerWeight,
            Map<String, Double> errors,
            Evaluator.Evaluation found) {
        return new StudyRow(
                family,
                format,
                data,
                bytes,
                (double) originalBytes(source) / bytes,
                bitsPerWeight,
                errors,
                found.perplexity(),
                found.kl(),
                found.sameTop(),
                found.sample());
    }

    /** The cases of {@code formats}, with and without importance where there is any. */
    public List<StudyCase> cases(List<StudyFormat> formats) {
        return StudyCase.of(formats, options.importance() != null);
    }

    @Override
    public void close() throws IOException {
        weights.close();
        Files.deleteIfExists(weightsFile);
        evaluator.deleteDistributions();
    }
}
