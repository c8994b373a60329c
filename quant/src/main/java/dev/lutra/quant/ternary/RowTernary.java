package dev.lutra.quant.ternary;

import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A tensor of a row format whose rows turned out to be ternary. */
final class RowTernary implements TernarySource {
    private final RowCodec codec;
    private final MemorySegment tensor;
    private final int columns;
    private final long rowBytes;
    private final float[] rowScales;

    private RowTernary(RowCodec codec, MemorySegment tensor, int columns, float[] rowScales) {
        this.codec = codec;
        this.tensor = tensor;
        this.columns = columns;
        this.rowBytes = rowBytes(codec, columns);
        this.rowScales = rowScales;
    }

    private static long rowBytes(RowCodec codec, int columns) {
        return codec.type().byteSize(columns, 1).orElseThrow();
    }

    static Optional<TernarySource> survey(RowCodec codec, MemorySegment tensor, int rows, int columns) {
        long rowBytes = rowBytes(codec, columns);
        if (tensor.byteSize() != rows * rowBytes)
            throw new IllegalArgumentException("a " + codec.type() + " tensor of " + rows + " x " + columns + " has "
                    + rows * rowBytes + " bytes, not " + tensor.byteSize());
        TernarySurvey survey = new TernarySurvey(rows, columns);
        float[] weights = new float[columns];
        for (int row = 0; row < rows; row++) {
            codec.decode(tensor, row * rowBytes, weights, 0, columns);
            survey.addRow(row, weights, 0);
            if (!survey.isTernary(row)) return Optional.empty();
        }
        return of(codec, tensor, survey);
    }

    static Optional<TernarySource> of(RowCodec codec, MemorySegment tensor, TernarySurvey survey) {
        if (!survey.hasTernaryRows()) return Optional.empty();
        return Optional.of(new RowTernary(codec, tensor, survey.columns(), survey.rowScales()));
    }

    @Override
    public int rows() {
        return rowScales.length;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int rowStep() {
        return 1;
    }

    @Override
    public float rowScale(int row) {
        return rowScales[row];
    }

    @Override
    public void readRows(int from, int to, MemorySegment trits) {
        float[] weights = new float[columns];
        for (int row = from; row < to; row++) {
            codec.decode(tensor, row * rowBytes, weights, 0, columns);
            Ternarizer.exact(rowScales[row]).toTrits(weights, 0, columns, trits, row - from);
        }
    }
}
