package dev.lutra.tools.convert;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.PlannedTensor;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.imatrix.ImportanceMatrix;
import dev.lutra.quant.ternary.TernaryCodecs;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Carries a {@link ConversionPlan} out. */
public final class Converter {
    private final ConversionPlan plan;
    private final Team team;
    private final GgufWriter writer;
    private final boolean requireTernary;
    private final @Nullable ImportanceMatrix importance;
    private final Progress progress;
    private final Consumer<String> warnings;
    private long bytesRead;
    private long bytesWritten;

    /**
     * @param team works on one tensor after the other
     * @param writer made from the plan's file; the caller commits it
     * @param importance by which quantizers weigh errors, null without
     * @param progress counts input bytes
     */
    public Converter(
            ConversionPlan plan,
            Team team,
            GgufWriter writer,
            boolean requireTernary,
            @Nullable ImportanceMatrix importance,
            Progress progress,
            Consumer<String> warnings) {
        this.plan = plan;
        this.team = team;
        this.writer = writer;
        this.requireTernary = requireTernary;
        this.importance = importance;
        this.progress = progress;
        this.warnings = warnings;
    }

    /** Converts every tensor that an earlier attempt has not finished; what became of those is not known any more. */
    public List<TensorReport> run() throws IOException {
        List<TensorReport> reports = new ArrayList<>();
        for (TypePlanner.Choice choice : plan.choices()) {
            SourceTensor tensor = choice.tensor();
            PlannedTensor place = plan.file().tensor(tensor.name());
            if (writer.isFinished(place)) {
                reports.add(report(tensor, choice.type(), place, Double.NaN, false));
                progress.skip(tensor.storedBytes());
            } else {
                reports.add(convert(tensor, choice.type(), place));
                bytesRead += tensor.storedBytes();
                bytesWritten += place.byteSize();
                progress.advance(tensor.storedBytes());
            }
        }
        return reports;
    }

    /** Bytes of the tensors that were converted, as they are stored in the source. */
    public long bytesRead() {
        return bytesRead;
    }

    /** Bytes of those tensors in the output. */
    public long bytesWritten() {
        return bytesWritten;
    }

    private TensorReport convert(SourceTensor tensor, TensorType type, PlannedTensor place) throws IOException {
        try {
            Optional<MemorySegment> same = tensor.bytesOf(type);
            if (same.isPresent()) {
                writer.write(place, same.get());
                double error = tensor.relativeError().orElse(0);
                return report(tensor, type, place, error, tensor.ternary().isPresent());
            }
            Optional<DigitExchange> exchange = tensor.exchange(type);
            if (exchange.isPresent()) {
                exchange.get().write(team, writer, place);
                return report(tensor, type, place, 0, false);
            }
            if (ConversionPlan.isWholeTensorTernary(type)) {
                TernaryEncoding encoding = new TernaryEncoding(
                        TernaryCodecs.forWriting((GgmlType) type, tensor.rows(), tensor.columns(), plan.tiles()),
                        team,
                        writer,
                        requireTernary,
                        warnings);
                TernaryEncoding.Result result = encoding.encode(tensor, place);
                return report(tensor, type, place, result.relativeError(), result.wasTernary());
            }
            if (type instanceof DigitType digits) {
                float[][] importance = importanceOf(tensor);
                double error = new DigitEncoding(digits, team, writer)
                        .encode(tensor, importance == null ? null : importance[0], place);
                return report(tensor, type, place, error, false);
            }
            RowCodec codec = RowCodecs.of(type);
            double error = new RowEncoding(codec, team, writer).encode(tensor, importanceOf(tensor), place);
            return report(tensor, type, place, error, false);
        } catch (InvalidCodeException e) {
            throw new CommandFailure(
                    "tensor " + tensor.name() + " of the input is damaged, " + e.getMessage()
                            + "; download or convert it again",
                    e);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("tensor " + tensor.name() + ": " + e.getMessage(), e);
        }
    }

    /** Importance by matrix and column; null where the importance matrix does not know the tensor. */
    private float @Nullable [][] importanceOf(SourceTensor tensor) {
        if (importance == null) return null;
        int matrices = tensor.isStacked() ? Math.toIntExact(tensor.dimensions().getLast()) : 1;
        float[][] columns = new float[matrices][];
        for (int i = 0; i < matrices; i++) {
            Optional<float[]> known = importance.importance(tensor.name(), tensor.columns(), i, matrices);
            if (known.isEmpty()) return null;
            columns[i] = known.get();
        }
        return columns;
    }

    private static TensorReport report(
            SourceTensor tensor, TensorType type, PlannedTensor place, double error, boolean wasTernary) {
        return new TensorReport(
                tensor.name(),
                tensor.kind(),
                type,
                (long) tensor.rows() * tensor.columns(),
                place.byteSize(),
                error,
                wasTernary);
    }
}
