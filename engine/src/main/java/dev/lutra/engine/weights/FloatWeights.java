package dev.lutra.engine.weights;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Another source's weights with all quantized ones as the float32 values that they stand for. Kernels of quantized weights round
 * activations; those of floats do not, so a model from here shows what the weights alone have lost.
 */
public final class FloatWeights implements WeightSource {
    private static final Set<GgmlType> FLOATS = EnumSet.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);

    private final WeightSource source;
    private final Team team;
    private final Arena arena;
    private final Map<String, WeightTensor> decoded = new HashMap<>();

    /**
     * @param team decodes together
     * @param arena holds the values: four bytes for each quantized weight
     */
    public FloatWeights(WeightSource source, Team team, Arena arena) {
        this.source = source;
        this.team = team;
        this.arena = arena;
    }

    @Override
    public Optional<WeightTensor> find(String name) {
        return source.find(name)
                .map(tensor -> tensor.type() instanceof GgmlType type && FLOATS.contains(type)
                        ? tensor
                        : decoded.computeIfAbsent(name, missing -> decode(tensor)));
    }

    private WeightTensor decode(WeightTensor tensor) {
        int columns = tensor.columns(), rows = Math.multiplyExact(tensor.rows(), tensor.matrices());
        MemorySegment values = arena.allocate((long) rows * columns * Float.BYTES, 64);
        if (source.isTernary(tensor)) {
            try (Arena work = Arena.ofShared()) {
                DigitMatrix digits = source.digits(tensor, work);
                eachRow(rows, columns, values, (row, weights) -> digits.dequantizeRow(row, weights, 0));
            }
        } else {
            RowCodec codec = RowCodecs.of(tensor.type());
            long rowBytes = tensor.type().byteSize(columns, 1).orElseThrow();
            eachRow(
                    rows,
                    columns,
                    values,
                    (row, weights) -> codec.decode(tensor.data(), row * rowBytes, weights, 0, columns));
        }
        return new WeightTensor(tensor.name(), GgmlType.F32, columns, tensor.rows(), tensor.matrices(), values);
    }

    private interface RowReader {
        void read(int row, float[] weights);
    }

    private void eachRow(int rows, int columns, MemorySegment values, RowReader reader) {
        team.run((worker, workers) -> {
            Share share = Share.of(rows, 1, worker, workers);
            float[] weights = new float[columns];
            for (int row = share.from(); row < share.to(); row++) {
                reader.read(row, weights);
                MemorySegment.copy(
                        weights, 0, values, ValueLayout.JAVA_FLOAT, (long) row * columns * Float.BYTES, columns);
            }
        });
    }

    @Override
    public boolean isTernary(WeightTensor tensor) {
        return false;
    }

    @Override
    public DigitSource digits(WeightTensor tensor) {
        throw new IllegalArgumentException("tensor " + tensor.name() + " is decoded to floats");
    }
}
