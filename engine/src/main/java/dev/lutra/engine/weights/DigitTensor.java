package dev.lutra.engine.weights;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.kernels.ternary.NativeDecoder;
import dev.lutra.quant.ternary.DigitCodec;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.MemorySegment;

/** A tensor of two or three digits per weight. */
final class DigitTensor implements DigitSource {
    private final DigitType type;
    private final DigitCodec codec;
    private final int rows;
    private final int columns;
    private final MemorySegment data;

    DigitTensor(DigitType type, WeightTensor tensor) {
        this.type = type;
        rows = tensor.rows();
        columns = tensor.columns();
        data = tensor.data();
        codec = new DigitCodec(type, rows, columns);
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
        return type.digits();
    }

    @Override
    public int group() {
        return type.group();
    }

    @Override
    public boolean hasGroupScales() {
        return true;
    }

    @Override
    public int rowStep() {
        return 1;
    }

    @Override
    public float rowScale(int row) {
        return codec.rowScale(data, row);
    }

    @Override
    public float[] rowScales() {
        return codec.rowScales(data);
    }

    @Override
    public void read(int from, int to, DigitMatrix target) {
        if (NativeDecoder.read(codec, type, rows, data, from, to, target))
            codec.decodeScales(data, from, to - from, target, 0);
        else codec.decodeRows(data, from, to - from, target, 0);
    }
}
