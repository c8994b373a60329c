package dev.lutra.engine.weights;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.kernels.ternary.DigitSource;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.ternary.DigitMatrix;
import java.nio.file.Path;

/** The digits of a tensor, whose faults are told with file and tensor. */
record TensorDigits(Path file, String name, DigitSource digitsOf) implements DigitSource {
    @Override
    public int rows() {
        return digitsOf.rows();
    }

    @Override
    public int columns() {
        return digitsOf.columns();
    }

    @Override
    public int digits() {
        return digitsOf.digits();
    }

    @Override
    public int group() {
        return digitsOf.group();
    }

    @Override
    public boolean hasGroupScales() {
        return digitsOf.hasGroupScales();
    }

    @Override
    public int rowStep() {
        return digitsOf.rowStep();
    }

    @Override
    public float rowScale(int row) {
        try {
            return digitsOf.rowScale(row);
        } catch (InvalidCodeException e) {
            throw malformed(e);
        }
    }

    @Override
    public float[] rowScales() {
        try {
            return digitsOf.rowScales();
        } catch (InvalidCodeException e) {
            throw malformed(e);
        }
    }

    @Override
    public void read(int from, int to, DigitMatrix target) {
        try {
            digitsOf.read(from, to, target);
        } catch (InvalidCodeException e) {
            throw malformed(e);
        }
    }

    private MalformedFileException malformed(InvalidCodeException e) {
        return new MalformedFileException(
                file,
                MalformedFileException.NO_OFFSET,
                "tensor " + name + ": " + e.getMessage() + "; the file is damaged, or its tiles are others",
                e);
    }
}
