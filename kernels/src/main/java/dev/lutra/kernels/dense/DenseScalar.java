package dev.lutra.kernels.dense;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/** The specification of {@link DenseLinear}. */
public final class DenseScalar implements DenseLinear {
    private final FloatRows weights;

    /** {@code weights} of {@code rows} x {@code columns} in {@code type}, which stay where they are. */
    public DenseScalar(GgmlType type, MemorySegment weights, int rows, int columns) {
        this.weights = new FloatRows(type, weights, rows, columns);
    }

    @Override
    public GgmlType type() {
        return weights.type();
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
        return type() + " in place, scalar";
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        FloatMatrix values = x.values();
        team.run((worker, workers) -> {
            Share share = Share.of(rows(), 1, worker, workers);
            float[] row = new float[columns()];
            for (int r = share.from(); r < share.to(); r++) {
                weights.decode(r, row);
                for (int token = 0; token < values.rows(); token++) y.set(token, r, dot(row, values, token));
            }
        });
    }

    private static float dot(float[] row, FloatMatrix x, int token) {
        MemorySegment values = x.segment();
        long at = x.offset(token);
        double sum = 0;
        for (int k = 0; k < row.length; k++)
            sum += (double) row[k] * values.get(JAVA_FLOAT, at + (long) k * Float.BYTES);
        return (float) sum;
    }
}
