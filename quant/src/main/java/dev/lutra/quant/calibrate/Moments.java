package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;

/** Sums over tokens of the products of inputs, {@code H = Xᵀ X}: how errors of a matrix's weights add up in its outputs. */
public final class Moments {
    private final Matrix gram;
    private long tokens;

    /** Moments of no token yet. */
    public Moments(int columns, Arena arena) {
        gram = Matrix.allocate(arena, columns, columns);
    }

    /** Bytes of native memory for inputs of {@code columns} channels. */
    public static long bytes(int columns) {
        return (long) columns * columns * Float.BYTES;
    }

    /** Adds the inputs of some tokens, [tokens][columns]. */
    public void add(Matrix x) {
        Blas.addGram(x, gram);
        tokens += x.rows();
    }

    public int columns() {
        return gram.columns();
    }

    public long tokens() {
        return tokens;
    }

    /** The upper triangle of H. */
    Matrix gram() {
        return gram;
    }

    /** Mean square of each channel: llama.cpp's importance. */
    public float[] meanSquares() {
        float[] means = new float[columns()];
        for (int i = 0; i < means.length; i++) means[i] = tokens == 0 ? 0 : gram.get(i, i) / tokens;
        return means;
    }

    /** {@code c = alpha w H + beta c}. */
    public void multiply(float alpha, Matrix w, float beta, Matrix c) {
        Blas.multiplySymmetric(alpha, w, gram, beta, c);
    }
}
