package dev.lutra.engine.weights;

import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns tensors into matrices of one kind of kernels. */
public final class LinearLoader {
    private final WeightSource source;
    private final Kernels kernels;
    private final Arena arena;

    /**
     * @param arena holds the run-time layouts; the source must stay open as long as the matrices are used
     */
    public LinearLoader(WeightSource source, Kernels kernels, Arena arena) {
        this.source = source;
        this.kernels = kernels;
        this.arena = arena;
    }

    /** The projection made of one or more tensors over the same input, their outputs one behind the other. */
    public Projection projection(List<WeightTensor> tensors) {
        List<Linear> parts = new ArrayList<>();
        if (stackable(tensors)) {
            parts.add(kernels.ternaryOf(tensors.stream().map(source::digits).toList(), arena));
        } else {
            for (WeightTensor tensor : tensors) parts.add(linear(tensor));
        }
        return new Projection(parts, kernels);
    }

    private boolean stackable(List<WeightTensor> tensors) {
        return tensors.stream()
                .allMatch(tensor -> source.isTernary(tensor)
                        && tensor.type().equals(tensors.getFirst().type()));
    }

    private Linear linear(WeightTensor tensor) {
        if (source.isTernary(tensor)) return kernels.ternaryOf(List.of(source.digits(tensor)), arena);
        RowCodec codec = RowCodecs.find(tensor.type())
                .orElseThrow(() -> new IllegalArgumentException("tensor " + tensor.name() + " is of type "
                        + tensor.type().label() + ", which has no kernel; convert the model to another type"));
        return kernels.blocks(codec, tensor.data(), tensor.rows(), tensor.columns());
    }

    /** The float vector called {@code name}, of {@code length} elements. */
    public float[] vector(String name, int length) {
        return decoded(source.require(name).requireShape(length, 1, 1));
    }

    /** As {@link #vector}, when the model has it. */
    public Optional<float[]> optionalVector(String name, int length) {
        return source.find(name).map(tensor -> decoded(tensor.requireShape(length, 1, 1)));
    }

    /** The small matrix called {@code name} in float32, row-major. */
    public float[] matrix(String name, int columns, int rows) {
        return decoded(source.require(name).requireShape(columns, rows, 1));
    }

    private static float[] decoded(WeightTensor tensor) {
        float[] values = new float[Math.multiplyExact(tensor.columns(), tensor.rows())];
        RowCodec codec = RowCodecs.of(tensor.type());
        long rowBytes = tensor.type().byteSize(tensor.columns(), 1).orElseThrow();
        for (int row = 0; row < tensor.rows(); row++)
            codec.decode(tensor.data(), row * rowBytes, values, row * tensor.columns(), tensor.columns());
        return values;
    }
}
