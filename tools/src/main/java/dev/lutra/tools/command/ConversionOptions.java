package dev.lutra.tools.command;

import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.WriteOptions;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.imatrix.ImportanceFile;
import dev.lutra.quant.imatrix.ImportanceMatrix;
import dev.lutra.quant.mix.Fallback;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.tile.KernelConfig;
import dev.lutra.quant.tile.TileFormat;
import dev.lutra.quant.tile.TileTable;
import dev.lutra.tools.convert.ConversionPlan;
import dev.lutra.tools.convert.ConversionReport;
import dev.lutra.tools.convert.ConversionRequest;
import dev.lutra.tools.convert.Converter;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.TargetFormat;
import dev.lutra.tools.convert.TensorReport;
import dev.lutra.tools.machine.ResourceWatch;
import dev.lutra.tools.report.OutputFormat;
import dev.lutra.tools.report.Progress;
import dev.lutra.tools.report.Sizes;
import dev.lutra.tools.study.StudyCase;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code convert-qwen25} and {@code quantize} share: the options, and the work from an open source to a finished file. */
public final class ConversionOptions {
    @Mixin
    private TypeOptions types = new TypeOptions();

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Mixin
    private CalibrationArguments calibration = new CalibrationArguments();

    @Option(
            names = "--imatrix",
            paramLabel = "F",
            description = "Importance matrix of llama.cpp (GGUF or .dat), by which quantizers weigh errors.")
    private @Nullable Path imatrix;

    @Option(
            names = "--kernel-config",
            paramLabel = "INI",
            description = "Tiles for tl1 or tl2, a kernel_config_tl?.ini; others are chosen.")
    private @Nullable Path kernelConfig;

    @Mixin
    private SplitOptions split = new SplitOptions();

    @Option(names = "--dry-run", description = "Print the plan and write nothing.")
    private boolean dryRun;

    @Option(names = "--require-ternary", description = "Fail when weights are not ternary already.")
    private boolean requireTernary;

    @Option(names = "--overwrite", description = "Replace existing output files.")
    private boolean overwrite;

    @Option(names = "--resume", description = "Go on where an interrupted conversion of the same input stopped.")
    private boolean resume;

    @Mixin
    private ReportArguments report = new ReportArguments();

    /** Converts {@code source}, calibrated if the user wants that, to {@code format} in {@code target}. */
    void convert(ModelSource source, TargetFormat format, Path target, PrintWriter out, PrintWriter err)
            throws IOException {
        if (!calibration.isWanted()) {
            convert(source, source, types.overrides(), format, target, out, err);
        } else if (dryRun) {
            out.println(calibration.memoryPlan(source));
            convert(source, source, types.overrides(), format, target, out, err);
        } else {
            if (!overwrite && Files.exists(target)) throw new FileAlreadyExistsException(target.toString());
            CalibrationArguments.Prepared prepared =
                    calibration.prepare(source, format, types.overrides(), target, threads.threads(), out);
            convert(source, prepared.source(), prepared.overrides(), format, target, out, err);
            calibration.cleanUp(target);
        }
    }

    /** @param original what {@code source} was before calibration, or the same */
    private void convert(
            ModelSource original,
            ModelSource source,
            TypeOverrides overrides,
            TargetFormat format,
            Path target,
            PrintWriter out,
            PrintWriter err)
            throws IOException {
        ImportanceMatrix importance = imatrix == null ? null : ImportanceFile.read(imatrix);
        ConversionRequest request =
                new ConversionRequest(format, overrides, tiles(format), split.limits(), requireTernary);
        ConversionPlan plan = ConversionPlan.of(source, request, importance != null || calibration.isWanted());
        for (Fallback fallback : plan.fallbacks()) err.println(fallback.describe());
        if (dryRun) {
            out.print(new ConversionReport(plan.preview()).table().render(OutputFormat.text));
            out.println("would write " + Sizes.bytes(plan.file().byteSize()) + " to " + target);
            out.flush();
            return;
        }
        List<TensorReport> reports;
        List<Path> files;
        WriteOptions options = WriteOptions.FRESH
                .withOverwrite(overwrite)
                .withResume(resume)
                .withSource(source.identity() + format.label() + overrides + imatrix);
        String cost;
        try (ResourceWatch watch = ResourceWatch.start();
                Team team = Team.of(threads.threads());
                Progress progress = Progress.of("converting", plan.inputBytes());
                GgufWriter writer = GgufWriter.create(target, plan.file(), options)) {
            if (writer.resumedTensors() > 0)
                progress.log("resuming: " + writer.resumedTensors() + " tensors are finished already");
            Converter converter =
                    new Converter(plan, team, writer, requireTernary, importance, progress, progress::log);
            reports = converter.run();
            files = writer.commit();
            cost = watch.summary(converter.bytesRead(), converter.bytesWritten());
        }
        ConversionReport summary = new ConversionReport(reports);
        out.print(summary.table().render(OutputFormat.text));
        summary.advice(format).forEach(err::println);
        for (Path file : files) out.println("wrote " + file + " (" + Sizes.bytes(Files.size(file)) + ")");
        err.println(cost);
        String data = importance == null ? "none" : "importance";
        if (calibration.isWanted()) data = StudyCase.CALIBRATION;
        report.write(original, format.label(), data, files, reports, threads.threads());
        out.flush();
        err.flush();
    }

    boolean overwrite() {
        return overwrite;
    }

    int threads() {
        return threads.threads();
    }

    /** Most bytes of tensor data in a file; {@code otherwise} when the user does not say. */
    long shardBytes(long otherwise) {
        return split.maxBytes(otherwise);
    }

    private TileTable tiles(TargetFormat format) throws IOException {
        TileTable tiles = new TileTable();
        if (kernelConfig == null) return tiles;
        TileFormat tileFormat = TileFormat.byName(format.label())
                .orElseThrow(() -> new IllegalArgumentException(
                        "--kernel-config holds tiles of tl1 or tl2; " + format.label() + " has none"));
        return tiles.putAll(tileFormat, KernelConfig.read(kernelConfig));
    }
}
