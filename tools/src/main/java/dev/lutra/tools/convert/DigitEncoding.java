package dev.lutra.tools.convert;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.write.GgufWriter;
import dev.lutra.gguf.write.PlannedTensor;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.digit.RoundedDigits;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Writes a tensor as ternary digits, rounded. */
final class DigitEncoding {
    private final DigitType type;
    private final Team team;
    private final GgufWriter writer;

    DigitEncoding(DigitType type, Team team, GgufWriter writer) {
        this.type = type;
        this.team = team;
        this.writer = writer;
    }

    /**
     * Encodes {@code tensor}.
     *
     * @param importance mean squared activation by column, or null
     * @return the relative error
     */
    double encode(SourceTensor tensor, float @Nullable [] importance, PlannedTensor place) throws IOException {
        int rows = tensor.rows(), columns = tensor.columns();
        DigitCodec codec = new DigitCodec(type, rows, columns);
        RoundedDigits rounding = new RoundedDigits(type);
        Windows windows = new Windows(rows, columns, 1);
        ErrorSum error = new ErrorSum(windows.count());
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate(place.byteSize(), 64);
            windows.run(team, () -> {
                int capacity = windows.rowsPerWindow();
                float[] weights = new float[Math.multiplyExact(capacity, columns)];
                float[] row = new float[columns], back = new float[columns];
                DigitMatrix digits =
                        DigitMatrix.allocate(capacity, columns, type.digits(), type.group(), Arena.ofAuto());
                return (window, from, count) -> {
                    tensor.readRows(from, count, weights);
                    for (int i = 0; i < count; i++) {
                        rounding.roundRow(weights, i * columns, importance, digits, i);
                        digits.dequantizeRow(i, back, 0);
                        System.arraycopy(weights, i * columns, row, 0, columns);
                        error.add(window, row, back, columns);
                    }
                    codec.encodeRows(digits, 0, count, from, out);
                };
            });
            writer.write(place, out);
        }
        return error.relative();
    }
}
