package dev.lutra.quant.ternary;

import dev.lutra.quant.RowCodec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A ternary tensor in any form, read as trits by ranges of rows; ranges may be read by different threads. This is how every
 * ternary format becomes any other without loss.
 */
public sealed interface TernarySource permits PackedBitnet, CodedTernary, RowTernary {
    int rows();

    int columns();

    /** Row ranges begin at a multiple of this, and end at one or at {@link #rows}. */
    int rowStep();

    /** What a trit of 1 stands for in {@code row}; 0 where the row is all zeros and its format does not say. */
    float rowScale(int row);

    /** {@link #rowScale} of all rows. */
    default float[] rowScales() {
        float[] scales = new float[rows()];
        for (int row = 0; row < scales.length; row++) scales[row] = rowScale(row);
        return scales;
    }

    /**
     * Reads rows {@code from} to {@code to}.
     *
     * @param trits receives {@code [to - from][columns]} signed bytes -1, 0, 1
     */
    void readRows(int from, int to, MemorySegment trits);

    /** A whole tensor of I2_S, TL1 or TL2. */
    static TernarySource of(TernaryCodec codec, MemorySegment tensor) {
        return new CodedTernary(codec, tensor, codec.decodeScale(tensor));
    }

    /**
     * A tensor of any row format, such as TQ2_0 or F16, when every row of it is ternary; empty when one is not. Reads the whole
     * tensor once.
     *
     * @param tensor {@code codec.type().byteSize(columns, rows)} bytes
     */
    static Optional<TernarySource> of(RowCodec codec, MemorySegment tensor, int rows, int columns) {
        return RowTernary.survey(codec, tensor, rows, columns);
    }

    /**
     * As {@link #of(RowCodec, MemorySegment, int, int)}, after all rows were decoded and added to {@code survey}, by many threads
     * perhaps.
     */
    static Optional<TernarySource> of(RowCodec codec, MemorySegment tensor, TernarySurvey survey) {
        return RowTernary.of(codec, tensor, survey);
    }

    /** The one scale of all rows, when they agree (rows of zeros agree with any); needed for I2_S, TL1 and TL2. */
    default OptionalDouble uniformScale() {
        float found = 0;
        for (int row = 0; row < rows(); row++) {
            float scale = rowScale(row);
            if (scale == 0 || scale == found) continue;
            if (found != 0) return OptionalDouble.empty();
            found = scale;
        }
        return OptionalDouble.of(found);
    }

    /** The whole matrix with one digit and a scale per row, its trits in {@code arena}. */
    default DigitMatrix toDigitMatrix(Arena arena) {
        MemorySegment trits = arena.allocate((long) rows() * columns(), Long.BYTES);
        readRows(0, rows(), trits);
        return new DigitMatrix(rows(), columns(), 1, columns(), trits, null, rowScales());
    }
}
