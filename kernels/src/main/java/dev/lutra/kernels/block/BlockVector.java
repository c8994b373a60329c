package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.product.RowFormat;
import dev.lutra.kernels.product.StripProduct;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;

/** {@link BlockLinear} with the Vector API: Q8_0, Q4_0 and Q6_K by kernels of their own, other formats through their codec. */
public final class BlockVector implements BlockLinear {
    private final GgmlType type;
    private final RowFormat weights;
    private final long weightBytes;

    /** {@code data} of {@code rows} x {@code columns} in the codec's format, which stays where it is. */
    public BlockVector(RowCodec codec, MemorySegment data, int rows, int columns) {
        type = codec.type();
        weightBytes = BlockLinear.requireSize(type, data, rows, columns);
        weights = Packing.of(type)
                .<RowFormat>map(packing -> new PackedFormat(packing, data, rows, columns))
                .orElseGet(() -> new CodecFormat(codec, data, rows, columns, weightBytes / rows));
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
        return type + (weights instanceof CodecFormat ? " decoded row by row, Vector API" : " in place, Vector API");
    }

    @Override
    public long residentBytes() {
        return 0;
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        StripProduct.multiply(weights, x, y, team);
    }
}
