package dev.lutra.quant.ternary;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A tensor of I2_S, TL1 or TL2. */
record CodedTernary(TernaryCodec codec, MemorySegment tensor, float scale) implements TernarySource {
    @Override
    public int rows() {
        return codec.rows();
    }

    @Override
    public int columns() {
        return codec.columns();
    }

    @Override
    public int rowStep() {
        return codec.rowStep();
    }

    @Override
    public float rowScale(int row) {
        return scale;
    }

    @Override
    public float[] rowScales() {
        float[] scales = new float[rows()];
        Arrays.fill(scales, scale);
        return scales;
    }

    @Override
    public void readRows(int from, int to, MemorySegment trits) {
        codec.decodeRows(tensor, from, to, trits);
    }
}
