package dev.lutra.tools.convert;

import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.PlannedTensor;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.RowCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Writes a tensor in a format that encodes row by row. */
final class RowEncoding {
    /** Of larger tensors only every eighth row is read back to measure the error. */
    private static final long MEASURE_ALL = 4 << 20;

    private final RowCodec codec;
    private final Team team;
    private final GgufWriter writer;

    RowEncoding(RowCodec codec, Team team, GgufWriter writer) {
        this.codec = codec;
        this.team = team;
        this.writer = writer;
    }

    /**
     * Encodes {@code tensor}.
     *
     * @param importance mean squared activation by column, for every matrix of the tensor; null without
     * @return the relative error
     */
    double encode(SourceTensor tensor, float @Nullable [][] importance, PlannedTensor place) throws IOException {
        int columns = tensor.columns();
        long rowBytes = codec.type().byteSize(columns, 1).orElseThrow();
        Windows windows = new Windows(tensor.rows(), columns, 1);
        ErrorSum error = new ErrorSum(windows.count());
        int measureEvery = (long) tensor.rows() * columns <= MEASURE_ALL ? 1 : 8;
        int matrixRows = importance == null ? tensor.rows() : tensor.rows() / importance.length;
        windows.run(team, () -> {
            int capacity = Math.multiplyExact(windows.rowsPerWindow(), columns);
            float[] weights = new float[capacity], row = new float[columns], back = new float[columns];
            MemorySegment out = Arena.ofAuto().allocate(windows.rowsPerWindow() * rowBytes, Long.BYTES);
            return (window, from, count) -> {
                tensor.readRows(from, count, weights);
                for (int i = 0; i < count; i++) {
                    float[] weighing = importance == null ? null : importance[(from + i) / matrixRows];
                    codec.encode(weights, i * columns, columns, weighing, out, i * rowBytes);
                    if ((from + i) % measureEvery != 0) continue;
                    codec.decode(out, i * rowBytes, back, 0, columns);
                    System.arraycopy(weights, i * columns, row, 0, columns);
                    error.add(window, row, back, columns);
                }
                writer.write(place, from * rowBytes, out.asSlice(0, count * rowBytes));
            };
        });
        return error.relative();
    }
}
