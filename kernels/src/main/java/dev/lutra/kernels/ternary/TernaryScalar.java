package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The specification of {@link TernaryLinear}: each weight's integer part {@code m (t0 + 3 t1 + 9 t2)} as an int8, multiplied
 * and added in order.
 */
public final class TernaryScalar implements TernaryLinear {
    private final int rows;
    private final int columns;
    private final int digits;
    private final float[] rowScales;
    /** int8 [rows][columns]. */
    private final MemorySegment weights;

    /** Lays out {@code parts}, stacked, in memory of {@code arena}. */
    public TernaryScalar(List<DigitMatrix> parts, Arena arena, Team team) {
        StackedRows source = new StackedRows(parts);
        rows = source.rows();
        columns = source.columns();
        digits = source.digits();
        rowScales = source.rowScales();
        weights = arena.allocate((long) rows * columns, FloatMatrix.ALIGNMENT);
        team.run((worker, workers) -> {
            Share share = Share.of(rows, 1, worker, workers);
            for (int row = share.from(); row < share.to(); row++) expand(source.part(row), source.rowInPart(row), row);
        });
    }

    private void expand(DigitMatrix matrix, int from, int row) {
        for (int column = 0; column < columns; column++) {
            int weight = matrix.groupScale(from, column / matrix.group()) * matrix.level(from, column);
            if (weight != (byte) weight)
                throw new IllegalArgumentException("group scale " + matrix.groupScale(from, column / matrix.group())
                        + " of row " + from + " is beyond " + DigitMatrix.maxGroupScale(digits));
            weights.set(JAVA_BYTE, (long) row * columns + column, (byte) weight);
        }
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
    public int digits() {
        return digits;
    }

    @Override
    public String describe() {
        return digits + " ternary digit(s) as int8, scalar";
    }

    @Override
    public long residentBytes() {
        return weights.byteSize();
    }

    @Override
    public long weightBytes() {
        return weights.byteSize();
    }

    @Override
    public void accumulate(Activations x, MemorySegment sums, Team team) {
        Int8Rows q = x.int8(team);
        int tokens = x.tokens();
        team.run((worker, workers) -> {
            Share share = Share.of(rows, 1, worker, workers);
            for (int row = share.from(); row < share.to(); row++)
                for (int token = 0; token < tokens; token++)
                    sums.set(JAVA_INT, ((long) token * rows + row) * Integer.BYTES, dot(q, token, row));
        });
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        Int8Rows q = x.int8(team);
        int tokens = x.tokens();
        team.run((worker, workers) -> {
            Share share = Share.of(rows, 1, worker, workers);
            for (int row = share.from(); row < share.to(); row++)
                for (int token = 0; token < tokens; token++)
                    y.set(token, row, TernaryLinear.scaled(dot(q, token, row), rowScales[row], q.scale(token)));
        });
    }

    private int dot(Int8Rows q, int token, int row) {
        MemorySegment values = q.values();
        long w = (long) row * columns, x = q.offset(token);
        int sum = 0;
        for (long k = 0; k < columns; k++) sum += weights.get(JAVA_BYTE, w + k) * values.get(JAVA_BYTE, x + k);
        return sum;
    }
}
