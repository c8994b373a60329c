package dev.lutra.tools.convert;

import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.PlannedTensor;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.Ternarizer;
import dev.lutra.quant.ternary.TernaryCodec;
import dev.lutra.quant.ternary.TernarySource;
import dev.lutra.quant.ternary.TernarySurvey;
import dev.lutra.tools.cli.CommandFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** Writes a tensor as trits with one scale: I2_S, TL1 or TL2. */
final class TernaryEncoding {
    private final TernaryCodec codec;
    private final Team team;
    private final GgufWriter writer;
    private final boolean requireTernary;
    private final Consumer<String> warnings;

    TernaryEncoding(
            TernaryCodec codec, Team team, GgufWriter writer, boolean requireTernary, Consumer<String> warnings) {
        this.codec = codec;
        this.team = team;
        this.writer = writer;
        this.requireTernary = requireTernary;
        this.warnings = warnings;
    }

    /** What was found: the relative error, and whether the weights were ternary already. */
    record Result(double relativeError, boolean wasTernary) {}

    Result encode(SourceTensor tensor, PlannedTensor place) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate(place.byteSize(), 64);
            Result result = tensor.ternary().isPresent()
                    ? copyTrits(tensor.name(), tensor.ternary().get(), out)
                    : ternarize(tensor, out);
            writer.write(place, out);
            return result;
        }
    }

    private Result copyTrits(String name, TernarySource source, MemorySegment out) throws IOException {
        OptionalDouble scale = source.uniformScale();
        if (scale.isEmpty())
            throw new CommandFailure("tensor " + name + " is ternary with a scale per row or block, and "
                    + codec.type().label() + " holds one for the whole tensor; convert to tq2_0 or tl2x2 instead");
        int step = leastCommonMultiple(codec.rowStep(), source.rowStep());
        Windows windows = new Windows(codec.rows(), codec.columns(), step);
        windows.run(team, () -> {
            MemorySegment trits = Arena.ofAuto().allocate((long) windows.rowsPerWindow() * codec.columns());
            return (window, from, count) -> {
                MemorySegment rows = trits.asSlice(0, (long) count * codec.columns());
                source.readRows(from, from + count, rows);
                codec.encodeRows(rows, from, from + count, out);
            };
        });
        codec.encodeScale((float) scale.getAsDouble(), out);
        if (scale.getAsDouble() == 0) warnAllZero(name);
        return new Result(0, true);
    }

    private static int leastCommonMultiple(int a, int b) {
        int x = a, y = b;
        while (y != 0) {
            int rest = x % y;
            x = y;
            y = rest;
        }
        return a / x * b;
    }

    private Result ternarize(SourceTensor tensor, MemorySegment out) throws IOException {
        int columns = codec.columns();
        TernarySurvey survey = survey(tensor);
        Ternarizer ternarizer = survey.ternarizer();
        if (survey.isAllZero()) warnAllZero(tensor.name());
        if (requireTernary && !ternarizer.isExact())
            throw new CommandFailure("tensor " + tensor.name()
                    + " is not ternary, and --require-ternary was given; without it the weights would be rounded");
        Windows windows = new Windows(codec.rows(), columns, codec.rowStep());
        ErrorSum error = new ErrorSum(windows.count());
        windows.run(team, () -> {
            float[] weights = new float[Math.multiplyExact(windows.rowsPerWindow(), columns)];
            float[] back = new float[weights.length];
            MemorySegment trits = Arena.ofAuto().allocate(weights.length);
            return (window, from, count) -> {
                tensor.readRows(from, count, weights);
                for (int row = 0; row < count; row++) ternarizer.toTrits(weights, row * columns, columns, trits, row);
                codec.encodeRows(trits.asSlice(0, (long) count * columns), from, from + count, out);
                for (int i = 0; i < count * columns; i++)
                    back[i] = ternarizer.scale() * trits.get(ValueLayout.JAVA_BYTE, i);
                error.add(window, weights, back, count * columns);
            };
        });
        codec.encodeScale(ternarizer.scale(), out);
        return new Result(error.relative(), ternarizer.isExact());
    }

    private TernarySurvey survey(SourceTensor tensor) throws IOException {
        int columns = codec.columns();
        TernarySurvey survey = new TernarySurvey(codec.rows(), columns);
        Windows windows = new Windows(codec.rows(), columns, 1);
        try {
            windows.run(team, () -> {
                float[] weights = new float[Math.multiplyExact(windows.rowsPerWindow(), columns)];
                return (window, from, count) -> {
                    tensor.readRows(from, count, weights);
                    for (int row = 0; row < count; row++) survey.addRow(from + row, weights, row * columns);
                };
            });
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("tensor " + tensor.name() + ": " + e.getMessage(), e);
        }
        return survey;
    }

    private void warnAllZero(String name) {
        warnings.accept("tensor " + name + " holds nothing but zeros; the checkpoint is probably broken");
    }
}
