package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.mix.TypeOverrides.ByName;
import dev.lutra.tools.calibrate.CalibrationMemory;
import dev.lutra.tools.calibrate.CalibrationOptions;
import dev.lutra.tools.calibrate.DigitMix;
import dev.lutra.tools.calibrate.ModelCalibrator;
import dev.lutra.tools.calibrate.SelfSamples;
import dev.lutra.tools.calibrate.TensorDamage;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.TargetFormat;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which digits are calibrated, and the work between an open source and its conversion. */
public final class CalibrationArguments {
    private static final String NONE = "none", SELF = "self";
    /** Texts on which the damage of each tensor is measured: enough to rank them. */
    private static final int DAMAGE_TEXTS = 8;

    @Option(
            names = "--calibration",
            paramLabel = "FILE|self|none",
            defaultValue = NONE,
            description =
                    "With tl2x2 and tl2x3: fit the digits to what the model reads, from a text, from token ids (.u16,"
                        + " .json), or from samples that the model writes itself. Default: none, digits are rounded.")
    private String calibration;

    @Option(
            names = "--calibration-samples",
            paramLabel = "N",
            defaultValue = "128",
            description = "Texts that the model writes with --calibration self. Default 128.")
    private int samples;

    @Option(
            names = "--calibration-length",
            paramLabel = "N",
            defaultValue = "256",
            description = "Tokens of a calibration text. Default 256.")
    private int length;

    @Option(
            names = "--calibration-seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the samples. Default 1.")
    private long seed;

    @Option(
            names = "--target-bpw",
            paramLabel = "X",
            description = "Mix two and three digits and q8_0 by measured damage, at most X bits per weight of the"
                    + " projections; needs --calibration.")
    private @Nullable Double targetBitsPerWeight;

    /** A source whose projections are fitted, and types for single tensors. */
    record Prepared(ModelSource source, TypeOverrides overrides) {}

    boolean isWanted() {
        return !calibration.equals(NONE) || targetBitsPerWeight != null;
    }

    /** What the plan must tell a user before hours of work. */
    String memoryPlan(ModelSource source) {
        CalibrationMemory memory = CalibrationMemory.of(source.config(), samples * length, length);
        return "calibration would take " + Sizes.bytes(memory.total()) + " of native memory for " + samples
                + " texts of " + length + " tokens";
    }

    /**
     * Calibrates {@code source}, layer by layer, into a folder beside {@code target} from which an interrupted run continues.
     *
     * @throws IllegalArgumentException when the options do not go with {@code format}
     */
    Prepared prepare(
            ModelSource source, TargetFormat format, TypeOverrides overrides, Path target, int threads, PrintWriter out)
            throws IOException {
        if (!(format instanceof TargetFormat.Ternary ternary) || !(ternary.type() instanceof DigitType digits))
            throw new IllegalArgumentException(
                    "--calibration and --target-bpw go with tl2x2 and tl2x3, not with " + format.label());
        if (calibration.equals(NONE))
            throw new IllegalArgumentException(
                    "--target-bpw measures damage on texts: give --calibration FILE or self");
        try (Team team = Team.of(threads)) {
            Kernels kernels = Kernels.best(team);
            int[] tokens = tokens(source, kernels);
            TypeOverrides types = overrides;
            if (targetBitsPerWeight != null)
                types = mix(
                        new ModelCalibrator(source, tokens, length, CalibrationOptions.of(name -> digits), kernels),
                        digits.group(),
                        overrides,
                        out);
            TypeOverrides chosen = types;
            ModelCalibrator calibrator = new ModelCalibrator(
                    source, tokens, length, CalibrationOptions.of(name -> typeOf(name, chosen, digits)), kernels);
            try (Progress progress = Progress.of("calibrating", calibrator.layers())) {
                return new Prepared(calibrator.run(folder(target), progress, progress::log), types);
            }
        }
    }

    private static TensorType typeOf(String name, TypeOverrides overrides, TensorType otherwise) {
        return overrides.tensors().stream()
                .filter(rule -> rule.pattern().matcher(name).find())
                .map(ByName::type)
                .findFirst()
                .orElse(otherwise);
    }

    private TypeOverrides mix(ModelCalibrator calibrator, int group, TypeOverrides overrides, PrintWriter out) {
        List<TensorDamage> damages;
        try (Progress progress = Progress.of("measuring damage", calibrator.layers())) {
            damages = calibrator.damages(group, DAMAGE_TEXTS, progress);
        }
        DigitMix mix = DigitMix.choose(damages, targetBitsPerWeight == null ? 0 : targetBitsPerWeight, group);
        mix.table(damages).forEach(out::println);
        out.printf(Locale.ROOT, "%.3f bits per weight%n", mix.bitsPerWeight());
        List<ByName> rules = new ArrayList<>(overrides.tensors());
        for (Map.Entry<String, TensorType> entry : mix.types().entrySet())
            rules.add(new ByName(Pattern.compile("^" + Pattern.quote(entry.getKey()) + "$"), entry.getValue()));
        return new TypeOverrides(overrides.tokenEmbedding(), overrides.output(), rules, overrides.pure());
    }

    private int[] tokens(ModelSource source, Kernels kernels) throws IOException {
        Tokenizer tokenizer = GgufTokenizer.load(source.metadata(), null, warning -> {});
        if (calibration.equals(SELF)) {
            try (Progress progress = Progress.of("writing samples", (long) samples * length)) {
                int start = SelfSamples.startToken(tokenizer);
                return SelfSamples.write(source, start, samples, length, seed, kernels, progress);
            }
        }
        return TokenFile.read(Path.of(calibration), tokenizer);
    }

    private static Path folder(Path target) {
        return target.resolveSibling(target.getFileName() + ".calibration");
    }

    /** Removes what only an interrupted run would need. */
    void cleanUp(Path target) throws IOException {
        Path folder = folder(target);
        if (!Files.isDirectory(folder)) return;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }
}
