package dev.lutra.tools.convert;

import dev.lutra.engine.weights.WeightSource;
import dev.lutra.engine.weights.WeightTensor;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.ternary.DigitSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model that is to be converted, as the engine runs it: its floats where they lie, other formats as float32 copies. */
public final class SourceWeights implements WeightSource {
    private final Map<String, SourceTensor> tensors = new HashMap<>();
    private final Arena arena;

    /** @param arena holds copies */
    public SourceWeights(ModelSource source, Arena arena) {
        this.arena = arena;
        for (SourceTensor tensor : source.tensors()) tensors.put(tensor.name(), tensor);
    }

    @Override
    public Optional<WeightTensor> find(String name) {
        return Optional.ofNullable(tensors.get(name)).map(this::weight);
    }

    private WeightTensor weight(SourceTensor tensor) {
        int rows = tensor.dimensions().size() < 2
                ? 1
                : Math.toIntExact(tensor.dimensions().get(1));
        int columns = tensor.columns(), matrices = tensor.rows() / rows;
        for (GgmlType type : List.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16)) {
            Optional<MemorySegment> bytes = tensor.bytesOf(type);
            if (bytes.isPresent()) return new WeightTensor(tensor.name(), type, columns, rows, matrices, bytes.get());
        }
        MemorySegment copy = arena.allocate((long) tensor.rows() * columns * Float.BYTES, 64);
        float[] row = new float[columns];
        for (int r = 0; r < tensor.rows(); r++) {
            tensor.readRows(r, 1, row);
            MemorySegment.copy(row, 0, copy, ValueLayout.JAVA_FLOAT, (long) r * columns * Float.BYTES, columns);
        }
        return new WeightTensor(tensor.name(), GgmlType.F32, columns, rows, matrices, copy);
    }

    @Override
    public boolean isTernary(WeightTensor tensor) {
        return false;
    }

    @Override
    public DigitSource digits(WeightTensor tensor) {
        throw new IllegalArgumentException("tensor " + tensor.name() + " is not ternary");
    }
}
