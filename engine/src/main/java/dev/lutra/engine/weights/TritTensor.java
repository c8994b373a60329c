package dev.lutra.engine.weights;

import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.quant.ternary.DigitMatrix;
import dev.lutra.quant.ternary.TernarySource;

/** One digit per weight, from any ternary format. */
record TritTensor(TernarySource source) implements DigitSource {
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
    public void read(int from, int to, DigitMatrix target) {
        source.readRows(from, to, target.planes());
    }
}
