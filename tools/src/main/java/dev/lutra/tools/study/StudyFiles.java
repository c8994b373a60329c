package dev.lutra.tools.study;

import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.kernels.Kernels;
import dev.lutra.quant.mix.FileType;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.mix.TypeOverrides.ByName;
import dev.lutra.quant.tile.TileTable;
import dev.lutra.tools.calibrate.CalibrationOptions;
import dev.lutra.tools.calibrate.DigitMix;
import dev.lutra.tools.calibrate.ModelCalibrator;
import dev.lutra.tools.calibrate.TensorDamage;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.ConversionPlan;
import dev.lutra.tools.convert.ConversionRequest;
import dev.lutra.tools.convert.Converter;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.convert.TargetFormat;
import dev.lutra.tools.convert.TensorReport;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** Writes a model in the formats of a study, by the converter that users call. */
final class StudyFiles {
    /** Texts on which the damage of each tensor is measured: enough to rank them. */
    private static final int DAMAGE_TEXTS = 8;

    private final ModelSource source;
    private final StudyOptions options;
    private final Kernels kernels;

    StudyFiles(ModelSource source, StudyOptions options, Kernels kernels) {
        this.source = source;
        this.options = options;
        this.kernels = kernels;
    }

    /**
     * A file of the whole model.
     *
     * @param bytes all of it
     * @param tensors what the converter reported
     */
    record Written(Path path, long bytes, List<TensorReport> tensors) {}

    /** Writes {@code wanted} under its name. */
    Written write(StudyCase wanted) throws IOException {
        String name = wanted.format().label().replace('/', '-') + (wanted.importance() ? "-importance" : "");
        Path target = options.folder().resolve(name + ".gguf");
        return switch (wanted.format()) {
            case StudyFormat.Uniform uniform -> uniform(uniform.type(), wanted.importance(), target);
            case StudyFormat.Mixture mixture ->
                write(
                        source,
                        new TargetFormat.Mixture(mixture.fileType()),
                        options.overrides(),
                        wanted.importance(),
                        target);
            case StudyFormat.Calibrated calibrated -> calibrated(calibrated.type(), options.overrides(), target);
            case StudyFormat.DigitMixture mixture -> mixed(mixture.bits(), target);
            case StudyFormat.Analysis analysis ->
                throw new IllegalArgumentException(analysis.label() + " is no format of files");
        };
    }

    private Written uniform(TensorType type, boolean importance, Path target) throws IOException {
        if (type instanceof DigitType || type instanceof GgmlType ggml && ggml.isWholeTensorTernary())
            return write(source, new TargetFormat.Ternary(type), options.overrides(), importance, target);
        List<ByName> rules = new ArrayList<>(options.overrides().tensors());
        rules.add(new ByName(Pattern.compile("^blk\\."), type));
        FileType named = Arrays.stream(FileType.values())
                .filter(file -> file.base() == type)
                .findFirst()
                .orElse(FileType.Q8_0);
        return write(source, new TargetFormat.Mixture(named), with(rules), importance, target);
    }

    private TypeOverrides with(List<ByName> rules) {
        TypeOverrides given = options.overrides();
        return new TypeOverrides(given.tokenEmbedding(), given.output(), rules, given.pure());
    }

    private Written calibrated(DigitType type, TypeOverrides overrides, Path target) throws IOException {
        ModelCalibrator calibrator =
                calibrator(CalibrationOptions.of(name -> chosen(overrides, name).orElse(type)));
        Path folder = target.resolveSibling(target.getFileName() + ".calibration");
        try (Progress progress = Progress.of("calibrating", calibrator.weights());
                ModelSource calibrated = calibrator.run(folder, progress, line -> {})) {
            return write(calibrated, new TargetFormat.Ternary(type), overrides, false, target);
        } finally {
            Folders.delete(folder);
        }
    }

    private static Optional<TensorType> chosen(TypeOverrides overrides, String name) {
        return overrides.tensors().stream()
                .filter(rule -> rule.pattern().matcher(name).find())
                .map(ByName::type)
                .findFirst();
    }

    private Written mixed(double bits, Path target) throws IOException {
        DigitType two = new DigitType(2, DigitType.DEFAULT_GROUP);
        ModelCalibrator calibrator = calibrator(CalibrationOptions.of(name -> two));
        List<TensorDamage> damages;
        try (Progress progress = Progress.of("measuring damage", calibrator.layers())) {
            damages = calibrator.damages(two.group(), DAMAGE_TEXTS, progress);
        }
        List<ByName> rules = new ArrayList<>(options.overrides().tensors());
        for (Map.Entry<String, TensorType> entry :
                DigitMix.choose(damages, bits, two.group()).types().entrySet())
            rules.add(new ByName(Pattern.compile("^" + Pattern.quote(entry.getKey()) + "$"), entry.getValue()));
        return calibrated(two, with(rules), target);
    }

    private ModelCalibrator calibrator(CalibrationOptions how) {
        if (options.calibration() == null)
            throw new CommandFailure("calibrated digits need texts: give --calibration FILE or self");
        return new ModelCalibrator(
                new Borrowed(source), options.calibration(), options.calibrationLength(), how, kernels);
    }

    private Written write(
            ModelSource from, TargetFormat format, TypeOverrides overrides, boolean importance, Path target)
            throws IOException {
        ConversionPlan plan = ConversionPlan.of(
                from, new ConversionRequest(format, overrides, new TileTable(), SplitLimits.NONE, false), importance);
        List<TensorReport> tensors;
        try (GgufWriter writer = GgufWriter.create(target, plan.file(), WriteOptions.FRESH.withOverwrite(true));
                Progress progress = Progress.of("writing " + format.label(), plan.inputBytes())) {
            tensors = new Converter(
                            plan,
                            kernels.team(),
                            writer,
                            false,
                            importance ? Objects.requireNonNull(options.importance()) : null,
                            progress,
                            warning -> {})
                    .run();
            writer.commit();
        }
        return new Written(target, plan.file().byteSize(), tensors);
    }

    /** The source, which stays open when those that were lent it are closed. */
    private record Borrowed(ModelSource source) implements ModelSource {
        @Override
        public ModelConfig config() {
            return source.config();
        }

        @Override
        public GgufMetadata metadata() {
            return source.metadata();
        }

        @Override
        public List<SourceTensor> tensors() {
            return source.tensors();
        }

        @Override
        public String identity() {
            return source.identity();
        }

        @Override
        public void close() {}
    }
}
