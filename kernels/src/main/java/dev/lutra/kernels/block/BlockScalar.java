package dev.lutra.kernels.block;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;

/** The specification of {@link BlockLinear}, for every format that has a {@link RowCodec}. */
public final class BlockScalar implements BlockLinear {
    private final RowCodec codec;
    private final MemorySegment weights;
    private final int rows;
    private final int columns;
    private final long rowBytes;

    /** {@code weights} of {@code rows} x {@code columns} in the codec's format, which stay where they are. */
    public BlockScalar(RowCodec codec, MemorySegment weights, int rows, int columns) {
        this.codec = codec;
        this.weights = weights;
        this.rows = rows;
        this.columns = columns;
        rowBytes = BlockLinear.requireSize(codec.type(), weights, rows, columns) / rows;
    }

    @Override
    public GgmlType type() {
        return codec.type();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public String describe() {
        return type() + " in place, scalar";
    }

    @Override
    public long residentBytes() {
        return 0;
    }

    @Override
    public long weightBytes() {
        return rowBytes * rows;
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        FloatMatrix values = x.values();
        team.run((worker, workers) -> {
            Share share = Share.of(rows, 1, worker, workers);
            float[] row = new float[columns];
            for (int r = share.from(); r < share.to(); r++) {
                codec.decode(weights, r * rowBytes, row, 0, columns);
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
