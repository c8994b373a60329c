package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Damped second moments H with the factor that error feedback needs, both in one square of memory: the strict upper triangle
 * holds H, the lower one L⁻¹ of {@code H = L Lᵀ}, so that {@code H⁻¹ = L⁻ᵀ L⁻¹}.
 *
 * <p>Positions are columns in ascending order of input power. Whoever goes through them from the last to the first rounds the
 * channels that matter most while all others can still make up for the error; row c of L⁻¹ spreads it.
 */
public final class Metric {
    private final Matrix joint;
    private final float[] diagonal;
    private final int[] order;

    private Metric(Matrix joint, float[] diagonal, int[] order) {
        this.joint = joint;
        this.diagonal = diagonal;
        this.order = order;
    }

    /**
     * Takes over the memory of {@code moments}, which are gone afterwards.
     *
     * @param damping share of the mean input power that is added to the power of every channel
     */
    public static Metric of(Moments moments, double damping) {
        Matrix square = moments.gram();
        int n = square.columns();
        double sum = 0;
        for (int i = 0; i < n; i++) sum += square.get(i, i);
        // Inputs that are all zero say nothing: every weight then counts the same.
        float added = sum > 0 ? (float) (damping * sum / n) : 1;
        for (int i = 0; i < n; i++) square.set(i, i, square.get(i, i) + added);
        Symmetry.mirror(square);
        int[] order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> square.get(i, i)))
                .mapToInt(Integer::intValue)
                .toArray();
        Symmetry.permute(square, order);
        float[] diagonal = new float[n];
        for (int i = 0; i < n; i++) diagonal[i] = square.get(i, i);
        Blas.invertCholesky(square);
        return new Metric(square, diagonal, order);
    }

    public int columns() {
        return order.length;
    }

    /** The column at {@code position}. */
    int column(int position) {
        return order[position];
    }

    /** H at the diagonal. */
    float power(int position) {
        return diagonal[position];
    }

    /** Input power of each column, in the columns' own order. */
    public float[] powers() {
        float[] powers = new float[order.length];
        for (int i = 0; i < order.length; i++) powers[order[i]] = diagonal[i];
        return powers;
    }

    /** The lower triangle L⁻¹; what is above it is H. */
    Matrix factor() {
        return joint;
    }

    /** H at two positions. */
    float at(int a, int b) {
        if (a == b) return diagonal[a];
        return a < b ? joint.get(a, b) : joint.get(b, a);
    }

    /** {@code c = alpha a H + beta c}, columns by position. */
    void multiply(float alpha, Matrix a, float beta, Matrix c) {
        Blas.multiplySymmetric(alpha, a, joint, beta, c);
        // The square's own diagonal is that of the factor.
        IntStream.range(0, a.rows()).parallel().forEach(row -> {
            float[] values = a.row(row), sums = c.row(row);
            for (int i = 0; i < values.length; i++) sums[i] += alpha * values[i] * (diagonal[i] - joint.get(i, i));
            c.write(row, 0, sums.length, sums, 0);
        });
    }

    /** {@code b = b H⁻¹}, columns by position. */
    void divide(Matrix b) {
        Blas.multiplyLower(b, joint, true);
        Blas.multiplyLower(b, joint, false);
    }

    /** Row {@code position} of H, by position, into {@code out}. */
    void row(int position, float[] out) {
        for (int i = 0; i < position; i++) out[i] = joint.get(i, position);
        out[position] = diagonal[position];
        int rest = order.length - position - 1;
        if (rest > 0) joint.read(position, position + 1, rest, out, position + 1);
    }

    /** {@code source} with its columns in the order of positions. */
    void arrange(Matrix source, Matrix target) {
        IntStream.range(0, source.rows()).parallel().forEach(row -> {
            float[] values = source.row(row), arranged = new float[values.length];
            for (int i = 0; i < arranged.length; i++) arranged[i] = values[order[i]];
            target.write(row, 0, arranged.length, arranged, 0);
        });
    }

    /** The reverse of {@link #arrange}. */
    void restore(Matrix source, Matrix target) {
        IntStream.range(0, source.rows()).parallel().forEach(row -> {
            float[] values = source.row(row), restored = new float[values.length];
            for (int i = 0; i < restored.length; i++) restored[order[i]] = values[i];
            target.write(row, 0, restored.length, restored, 0);
        });
    }
}
