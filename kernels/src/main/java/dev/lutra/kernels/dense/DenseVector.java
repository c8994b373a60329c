package dev.lutra.kernels.dense;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/** {@link DenseLinear} with the Vector API. */
public final class DenseVector implements DenseLinear {
    private final GgmlType type;
    private final RowFormat weights;

    /** {@code data} of {@code rows} x {@code columns} in {@code type}, which stays where it is. */
    public DenseVector(GgmlType type, MemorySegment data, int rows, int columns) {
        this.type = type;
        FloatRows source = new FloatRows(type, data, rows, columns);
        weights = type == GgmlType.F32 ? new Float32Format(source) : new HalfFormat(source);
    }

    @Override
    public GgmlType type() {
        return type;
    }

    @Override
    public int rows() {
        return weights.rows();
    }

    @Override
    public int columns() {
        return weights.columns();
    }

    @Override
    public String describe() {
        return type + " in place, Vector API";
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        StripProduct.multiply(weights, x, y, team);
    }
}
