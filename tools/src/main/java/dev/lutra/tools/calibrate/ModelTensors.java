package dev.lutra.tools.calibrate;

import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** A source's tensors by name, as floats. */
final class ModelTensors {
    private static final Set<Architecture> FAMILIES = Set.of(Architecture.QWEN2, Architecture.QWEN3);

    /** Rows that are read at a time. */
    private static final int ROWS = 256;

    private final ModelConfig config;
    private final Map<String, SourceTensor> tensors = new HashMap<>();

    /** @throws CommandFailure when the model's layers are not of the kind that calibration knows */
    ModelTensors(ModelSource source) {
        config = source.config();
        if (!FAMILIES.contains(config.architecture()) || config.experts() != null)
            throw new CommandFailure("calibration knows the dense layers of Qwen2, Qwen2.5 and Qwen3, not those of "
                    + config.architecture().ggufName() + "; quantize without it");
        for (SourceTensor tensor : source.tensors()) tensors.put(tensor.name(), tensor);
    }

    ModelConfig config() {
        return config;
    }

    SourceTensor tensor(String name) {
        SourceTensor tensor = tensors.get(name);
        if (tensor == null) throw new CommandFailure("the model has no tensor " + name + "; it is incomplete");
        return tensor;
    }

    Matrix matrix(String name, Arena arena) {
        SourceTensor tensor = tensor(name);
        int columns = tensor.columns(), rows = tensor.rows();
        Matrix matrix = Matrix.allocate(arena, rows, columns);
        IntStream.range(0, Math.ceilDiv(rows, ROWS)).parallel().forEach(chunk -> {
            int from = chunk * ROWS, count = Math.min(ROWS, rows - from);
            float[] values = new float[count * columns];
            tensor.readRows(from, count, values);
            for (int row = 0; row < count; row++) matrix.write(from + row, 0, columns, values, row * columns);
        });
        return matrix;
    }

    float[] vector(String name) {
        SourceTensor tensor = tensor(name);
        float[] values = new float[tensor.columns()];
        tensor.readRows(0, 1, values);
        return values;
    }

    Optional<float[]> findVector(String name) {
        return tensors.containsKey(name) ? Optional.of(vector(name)) : Optional.empty();
    }
}
