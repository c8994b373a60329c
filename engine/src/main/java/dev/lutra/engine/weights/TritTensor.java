package dev.lutra.engine.weights;

import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.kernels.ternary.NativeDecoder;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.TernarySource;
import dev.lutra.quant.ternary.Tl2Codec;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One digit per weight, from any ternary format.
 *
 * @param tl2 the codec when that is TL2, which native code reads
 * @param data the tensor
 */
record TritTensor(TernarySource source, @Nullable Tl2Codec tl2, MemorySegment data) implements DigitSource {
    @Override
    public int rows() {
        return source.rows();
    }

    @Override
    public int columns() {
        return source.columns();
    }

    @Override
    public int digits() {
        return 1;
    }

    @Override
    public int group() {
        return source.columns();
    }

    @Override
    public boolean hasGroupScales() {
        return false;
    }

    @Override
    public int rowStep() {
        return source.rowStep();
    }

    @Override
    public float rowScale(int row) {
        return source.rowScale(row);
    }

    @Override
    public float[] rowScales() {
        return source.rowScales();
    }

    @Override
    public void read(int from, int to, DigitMatrix target) {
        if (tl2 == null || !NativeDecoder.read(tl2, data, from, to, target.planes()))
            source.readRows(from, to, target.planes());
    }
}
