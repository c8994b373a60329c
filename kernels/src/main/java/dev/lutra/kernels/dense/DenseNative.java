package dev.lutra.kernels.dense;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.MemorySegment;

/** {@link DenseLinear} in C: each result is summed in one vector of floats, column after column. */
public final class DenseNative implements DenseLinear {
    /** Rows that go together; shares are cut between them. */
    private static final int ROWS = 16;

    private final FloatRows weights;

    /** {@code weights} of {@code rows} x {@code columns} in {@code type}, which stay where they are. */
    public DenseNative(GgmlType type, MemorySegment weights, int rows, int columns) {
        NativeLibrary.get().require();
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
        return type() + " in place, native " + NativeLibrary.get().isa();
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        FloatMatrix values = x.values();
        team.run((worker, workers) -> {
            Share share = Share.of(rows(), ROWS, worker, workers);
            if (share.size() == 0) return;
            Lutra.lutra_dense_multiply(
                    weights.data(),
                    type().id(),
                    columns(),
                    values.segment(),
                    values.stride(),
                    values.rows(),
                    share.from(),
                    share.to(),
                    y.segment(),
                    y.stride());
        });
    }
}
