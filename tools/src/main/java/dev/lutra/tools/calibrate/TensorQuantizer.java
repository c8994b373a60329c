package dev.lutra.tools.calibrate;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.calibrate.BlockCalibrator;
import dev.lutra.quant.calibrate.DigitCalibrator;
import dev.lutra.quant.calibrate.Metric;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** Brings a projection's wanted weights into its format. */
final class TensorQuantizer {
    private final int passes;

    TensorQuantizer(int passes) {
        this.passes = passes;
    }

    /** @param arena holds the result */
    QuantizedTensor quantize(Matrix wanted, Metric metric, TensorType type, Arena arena) {
        return type instanceof DigitType digits
                ? digits(wanted, metric, digits, arena)
                : rows(wanted, metric, RowCodecs.of(type), arena);
    }

    private QuantizedTensor digits(Matrix wanted, Metric metric, DigitType type, Arena arena) {
        int rows = wanted.rows(), columns = wanted.columns();
        try (Arena work = Arena.ofShared()) {
            DigitMatrix matrix = new DigitCalibrator(type, passes).quantize(wanted, metric, work);
            DigitCodec codec = new DigitCodec(type, rows, columns);
            MemorySegment bytes = arena.allocate(codec.byteSize(), 64);
            codec.encode(matrix, bytes);
            Matrix values = Matrix.allocate(arena, rows, columns);
            IntStream.range(0, rows).parallel().forEach(row -> {
                float[] weights = new float[columns];
                matrix.dequantizeRow(row, weights, 0);
                values.write(row, 0, columns, weights, 0);
            });
            return new QuantizedTensor(type, bytes, values);
        }
    }

    private QuantizedTensor rows(Matrix wanted, Metric metric, RowCodec codec, Arena arena) {
        int rows = wanted.rows(), columns = wanted.columns();
        long rowBytes = codec.type().byteSize(columns, 1).orElseThrow();
        MemorySegment bytes = arena.allocate(rowBytes * rows, 64);
        Matrix values = Matrix.allocate(arena, rows, columns);
        float[] importance = metric.powers();
        boolean calibrated = BlockCalibrator.handles(codec.type());
        if (calibrated) new BlockCalibrator(codec.type(), passes).quantize(wanted, metric, bytes);
        IntStream.range(0, rows).parallel().forEach(row -> {
            float[] weights = wanted.row(row);
            if (!calibrated) codec.encode(weights, 0, columns, importance, bytes, row * rowBytes);
            codec.decode(bytes, row * rowBytes, weights, 0, columns);
            values.write(row, 0, columns, weights, 0);
        });
        return new QuantizedTensor(codec.type(), bytes, values);
    }
}
