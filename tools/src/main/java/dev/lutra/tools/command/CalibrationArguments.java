package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.mix.FileType;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.mix.TypeOverrides.ByName;
import dev.lutra.tools.calibrate.CalibrationMemory;
import dev.lutra.tools.calibrate.CalibrationOptions;
import dev.lutra.tools.calibrate.DigitMix;
import dev.lutra.tools.calibrate.ModelCalibrator;
import dev.lutra.tools.calibrate.SelfSamples;
import dev.lutra.tools.calibrate.TensorDamage;
import dev.lutra.tools.convert.ConversionPlan;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.convert.TargetFormat;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Sizes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which digits are calibrated, and the work between an open source and its conversion. */
public final class CalibrationArguments {
    private static final String NONE = "none", SELF = "self";
    /** Texts on which the damage of each tensor is measured: enough to rank them. */
    private static final int DAMAGE_TEXTS = 8;

    private static final Set<TensorType> PLAIN = Set.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);
    private static final Set<FileType> FLOATS = EnumSet.of(FileType.F32, FileType.F16, FileType.BF16);

    @Option(
            names = "--calibration",
            paramLabel = "FILE|self|none",
            defaultValue = NONE,
            description =
                    "Fit the weights to what the model reads: a text, token ids (.u16, .json), or samples that the"
                            + " model writes itself. Digits, q4_0 and q8_0 feed each weight's error back into the others;"
                            + " other formats weigh errors and make up for earlier layers. Default: none, weights are"
                            + " rounded.")
    private String calibration;

    @Option(
            names = "--calibration-samples",
            paramLabel = "N",
            defaultValue = "128",
            description =
                    "Texts to calibrate on: that many are written, or at most that many taken from FILE, spread over"
                            + " it. Default 128.")
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

    /** @throws IllegalArgumentException when a number is none to work with */
    private void requirePositive() {
        if (samples < 1) throw new IllegalArgumentException("--calibration-samples must be positive, not " + samples);
        if (length < 2) throw new IllegalArgumentException("--calibration-length must be 2 or more, not " + length);
    }

    boolean isWanted() {
        return !calibration.equals(NONE) || targetBitsPerWeight != null;
    }

    /** What the plan must tell a user before hours of work. */
    String memoryPlan(ModelSource source) {
        requirePositive();
        CalibrationMemory memory = CalibrationMemory.of(
                source.config(), samples * length, length, targetBitsPerWeight == null ? 0 : DAMAGE_TEXTS);
        return "calibration would take " + Sizes.bytes(memory.total()) + " of native memory beside the JVM's heap for "
                + samples + " texts of " + length + " tokens";
    }

    /**
     * Calibrates {@code source}, layer by layer, into a folder beside {@code target} from which an interrupted run continues.
     *
     * @throws IllegalArgumentException when the options do not go with {@code format}
     */
    Prepared prepare(
            ModelSource source, TargetFormat format, TypeOverrides overrides, Path target, int threads, PrintWriter out)
            throws IOException {
        requirePositive();
        requireQuantized(format);
        requireFloats(source);
        DigitType digits = format instanceof TargetFormat.Ternary ternary && ternary.type() instanceof DigitType type
                ? type
                : null;
        if (targetBitsPerWeight != null && digits == null)
            throw new IllegalArgumentException(
                    "--target-bpw mixes digits: it goes with tl2x2 and tl2x3, not with " + format.label());
        if (calibration.equals(NONE))
            throw new IllegalArgumentException(
                    "--target-bpw measures damage on texts: give --calibration FILE or self");
        // Parallel streams run in the pool that starts them: so many threads, and no more.
        try (ForkJoinPool pool = new ForkJoinPool(threads);
                Team team = Team.of(threads)) {
            return pool.invoke(ForkJoinTask.adapt(() -> prepare(source, format, digits, overrides, target, team, out)));
        } catch (RuntimeException e) {
            // The pool wraps what the work has thrown.
            if (e.getCause() instanceof IOException cause) throw cause;
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw e;
        }
    }

    private Prepared prepare(
            ModelSource source,
            TargetFormat format,
            @Nullable DigitType digits,
            TypeOverrides overrides,
            Path target,
            Team team,
            PrintWriter out)
            throws IOException {
        Kernels kernels = Kernels.best(team).sound();
        int[] tokens = tokens(source, kernels);
        TypeOverrides types = overrides;
        if (targetBitsPerWeight != null && digits != null)
            types = mix(
                    new ModelCalibrator(source, tokens, length, CalibrationOptions.of(name -> digits), kernels),
                    digits.group(),
                    overrides,
                    out);
        Map<String, TensorType> chosen = ConversionPlan.types(source, format, types);
        ModelCalibrator calibrator = new ModelCalibrator(
                source, tokens, length, CalibrationOptions.of(name -> typeOf(name, chosen)), kernels);
        try (Progress progress = Progress.of("calibrating", calibrator.weights())) {
            return new Prepared(calibrator.run(folder(target), progress, progress::log), types);
        }
    }

    private static TensorType typeOf(String name, Map<String, TensorType> types) {
        TensorType type = types.get(name);
        if (type == null) throw new IllegalArgumentException("the model has no tensor " + name + "; it is incomplete");
        return type;
    }

    /** What is quantized already has lost what calibration would need to know. */
    private static void requireFloats(ModelSource source) {
        for (SourceTensor tensor : source.tensors())
            if (tensor.kind() == TensorKind.PROJECTION
                    && tensor.storedType().filter(type -> !PLAIN.contains(type)).isPresent())
                throw new IllegalArgumentException(
                        "--calibration starts from the original weights, but tensor " + tensor.name() + " is "
                                + tensor.storedType().orElseThrow().label() + " already");
    }

    /** Whole-tensor ternary formats have one scale for all weights, floats have nothing to fit. */
    private static void requireQuantized(TargetFormat format) {
        boolean fits = switch (format) {
            case TargetFormat.Ternary ternary -> ternary.type() instanceof DigitType;
            case TargetFormat.Mixture mixture -> !FLOATS.contains(mixture.fileType());
        };
        if (!fits)
            throw new IllegalArgumentException(
                    "--calibration goes with tl2x1, tl2x2, tl2x3 and llama.cpp's quantized formats," + " not with "
                            + format.label());
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
        return spread(TokenFile.read(Path.of(calibration), tokenizer));
    }

    /** At most as many texts as are asked for, from all over {@code tokens}: what the memory plan allows. */
    private int[] spread(int[] tokens) {
        int there = tokens.length / length;
        if (there <= samples) return tokens;
        int[] chosen = new int[Math.multiplyExact(samples, length)];
        for (int i = 0; i < samples; i++)
            System.arraycopy(tokens, (int) ((long) i * there / samples) * length, chosen, i * length, length);
        return chosen;
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
