package dev.lutra.tools.study;

import dev.lutra.engine.weights.WeightSource;
import dev.lutra.engine.weights.WeightTensor;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.quant.RelativeError;
import dev.lutra.tools.convert.ErrorsByKind;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.convert.SourceWeights;
import dev.lutra.tools.convert.Windows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A model's projections as float32 in a file that is mapped, so that a model of any size takes pages, not private memory. They
 * are written tensor by tensor, again for every format; all other tensors come from the model that they belong to.
 */
final class RoundedWeights implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private final Map<String, MemorySegment> projections = new HashMap<>();
    private final Arena arena = Arena.ofShared();

    /** Makes {@code file} for the projections of {@code model}; it is removed by whoever owns its folder. */
    RoundedWeights(Path file, ModelSource model) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment all = channel.map(FileChannel.MapMode.READ_WRITE, 0, byteSize(model), arena);
            long at = 0;
            for (SourceTensor tensor : model.tensors()) {
                if (tensor.kind() != TensorKind.PROJECTION) continue;
                projections.put(tensor.name(), all.asSlice(at, floats(tensor)));
                at += aligned(floats(tensor));
            }
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Bytes of the file. */
    static long byteSize(ModelSource model) {
        return model.tensors().stream()
                .filter(tensor -> tensor.kind() == TensorKind.PROJECTION)
                .mapToLong(tensor -> aligned(floats(tensor)))
                .sum();
    }

    private static long floats(SourceTensor tensor) {
        return (long) tensor.rows() * tensor.columns() * Float.BYTES;
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    /** Gives rows a format's values in place: row after row, {@code columns} weights from {@code from} on. */
    interface RowChange {
        void apply(float[] rows, int from, int columns);
    }

    /**
     * Takes over the projections of {@code rounded}.
     *
     * @param original the same model in full precision, with which they are compared
     * @param change what is done to every row besides
     */
    ErrorsByKind fill(ModelSource rounded, ModelSource original, RowChange change, Team team) throws IOException {
        Map<String, SourceTensor> originals = new HashMap<>();
        for (SourceTensor tensor : original.tensors()) originals.put(tensor.name(), tensor);
        ErrorsByKind errors = new ErrorsByKind();
        for (SourceTensor tensor : rounded.tensors()) {
            MemorySegment target = projections.get(tensor.name());
            SourceTensor exact = originals.get(tensor.name());
            if (target != null && exact != null) errors.add(tensor.name(), fill(tensor, exact, change, target, team));
        }
        return errors;
    }

    private static RelativeError[] fill(
            SourceTensor tensor, SourceTensor exact, RowChange change, MemorySegment target, Team team)
            throws IOException {
        int columns = tensor.columns();
        Windows windows = new Windows(tensor.rows(), columns, 1);
        RelativeError[] errors = new RelativeError[windows.count()];
        windows.run(team, () -> {
            int capacity = Math.multiplyExact(windows.rowsPerWindow(), columns);
            float[] weights = new float[capacity], wanted = new float[capacity];
            return (window, from, count) -> {
                tensor.readRows(from, count, weights);
                exact.readRows(from, count, wanted);
                for (int row = 0; row < count; row++) change.apply(weights, row * columns, columns);
                errors[window] = new RelativeError();
                errors[window].add(wanted, 0, weights, 0, count * columns);
                MemorySegment.copy(
                        weights,
                        0,
                        target,
                        ValueLayout.JAVA_FLOAT,
                        (long) from * columns * Float.BYTES,
                        count * columns);
            };
        });
        return errors;
    }

    /**
     * The model to run: these projections, all else from {@code rest}.
     *
     * @param copies holds copies of tensors that are no plain floats
     */
    WeightSource with(ModelSource rest, Arena copies) {
        SourceWeights others = new SourceWeights(rest, copies);
        Map<String, SourceTensor> shapes = new HashMap<>();
        for (SourceTensor tensor : rest.tensors()) shapes.put(tensor.name(), tensor);
        return new WeightSource() {
            @Override
            public Optional<WeightTensor> find(String name) {
                MemorySegment data = projections.get(name);
                SourceTensor shape = shapes.get(name);
                if (data == null || shape == null) return others.find(name);
                int rows = Math.toIntExact(shape.dimensions().get(1)), columns = shape.columns();
                return Optional.of(new WeightTensor(name, GgmlType.F32, columns, rows, shape.rows() / rows, data));
            }

            @Override
            public boolean isTernary(WeightTensor tensor) {
                return false;
            }

            @Override
            public DigitSource digits(WeightTensor tensor) {
                return others.digits(tensor);
            }
        };
    }

    @Override
    public void close() {
        arena.close();
    }
}
