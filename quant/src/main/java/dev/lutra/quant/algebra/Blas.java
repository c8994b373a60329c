package dev.lutra.quant.algebra;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/**
 * Products and factors of {@link Matrix}, computed by OpenBLAS.
 *
 * <p>Products are cut into slices of their result that a parallel stream works on, each slice by one thread: OpenBLAS's own
 * threads wait for the slowest of them after every product, which on a busy machine is most of the time, and slices of a
 * fixed size give the same sums on any number of threads. Factors, which do not fall into slices, are the work of one thread
 * for the same reason: at n = 4864 they take a second or two, at most a few hundredths of what a layer takes.
 */
public final class Blas {
    /** Rows of a slice: large enough for full speed, small enough to share out a projection. */
    private static final int SLICE = 256;

    private Blas() {}

    static {
        openblas.blas_set_num_threads(1);
    }

    /** OpenBLAS's view of native memory that an arena owns. */
    private static final class Address extends FloatPointer {
        Address(MemorySegment segment) {
            super((Pointer) null);
            address = segment.address();
        }
    }

    private static FloatPointer at(Matrix matrix) {
        return new Address(matrix.data());
    }

    private static void slices(int rows, IntConsumer first) {
        if (rows <= SLICE) first.accept(0);
        else
            IntStream.range(0, Math.ceilDiv(rows, SLICE))
                    .parallel()
                    .map(slice -> slice * SLICE)
                    .forEach(first);
    }

    private static Matrix slice(Matrix matrix, int first) {
        return matrix.rows(first, Math.min(SLICE, matrix.rows() - first));
    }

    /** {@code c = alpha a b + beta c}: [m][k] times [k][n]. */
    public static void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        requireProduct(a, b, c, a.rows(), b.columns(), a.columns(), b.rows());
        slices(c.rows(), first -> product(false, false, alpha, slice(a, first), b, beta, slice(c, first)));
    }

    /** {@code c = alpha a bᵀ + beta c}: [m][k] times [n][k]. */
    public static void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        requireProduct(a, b, c, a.rows(), b.rows(), a.columns(), b.columns());
        slices(c.rows(), first -> product(false, true, alpha, slice(a, first), b, beta, slice(c, first)));
    }

    /** {@code c = alpha aᵀ b + beta c}: [k][m] and [k][n]. */
    public static void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        requireProduct(a, b, c, a.columns(), b.columns(), a.rows(), b.rows());
        slices(c.rows(), first -> {
            Matrix out = slice(c, first);
            product(true, false, alpha, a.columns(first, out.rows()), b, beta, out);
        });
    }

    private static void requireProduct(Matrix a, Matrix b, Matrix c, int rows, int columns, int inner, int innerOfB) {
        if (inner != innerOfB || rows != c.rows() || columns != c.columns())
            throw new IllegalArgumentException("product of " + shape(a) + " and " + shape(b) + " into " + shape(c));
    }

    private static void product(
            boolean transposeA, boolean transposeB, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        int inner = transposeA ? a.rows() : a.columns();
        if (c.rows() == 0 || inner == 0) return;
        openblas.cblas_sgemm(
                openblas.CblasRowMajor,
                transposeA ? openblas.CblasTrans : openblas.CblasNoTrans,
                transposeB ? openblas.CblasTrans : openblas.CblasNoTrans,
                c.rows(),
                c.columns(),
                inner,
                alpha,
                at(a),
                a.stride(),
                at(b),
                b.stride(),
                beta,
                at(c),
                c.stride());
        keep(a, b, c);
    }

    /**
     * Adds {@code xᵀ x} to the upper triangle, diagonal included, of {@code gram}; [tokens][n] and [n][n]. What is below the
     * diagonal is undefined afterwards.
     */
    public static void addGram(Matrix x, Matrix gram) {
        requireSquare(gram, x.columns());
        slices(x.columns(), first -> {
            Matrix rows = slice(gram, first);
            int rest = x.columns() - first;
            product(
                    true,
                    false,
                    1,
                    x.columns(first, rows.rows()),
                    x.columns(first, rest),
                    1,
                    rows.columns(first, rest));
        });
    }

    /** {@code c = alpha a s + beta c} with a symmetric {@code s} [n][n], of which only the upper triangle is read. */
    public static void multiplySymmetric(float alpha, Matrix a, Matrix s, float beta, Matrix c) {
        requireSquare(s, a.columns());
        requireProduct(a, s, c, a.rows(), s.columns(), a.columns(), s.rows());
        slices(c.rows(), first -> symmetricProduct(alpha, slice(a, first), s, beta, slice(c, first)));
    }

    private static void symmetricProduct(float alpha, Matrix a, Matrix s, float beta, Matrix c) {
        if (a.rows() == 0) return;
        openblas.cblas_ssymm(
                openblas.CblasRowMajor,
                openblas.CblasRight,
                openblas.CblasUpper,
                a.rows(),
                a.columns(),
                alpha,
                at(s),
                s.stride(),
                at(a),
                a.stride(),
                beta,
                at(c),
                c.stride());
        keep(a, s, c);
    }

    /** {@code b = b t} or {@code b tᵀ} with a lower triangular {@code t} [n][n], of which only that triangle is read. */
    public static void multiplyLower(Matrix b, Matrix t, boolean transposed) {
        requireSquare(t, b.columns());
        slices(b.rows(), first -> lowerProduct(slice(b, first), t, transposed));
    }

    private static void lowerProduct(Matrix b, Matrix t, boolean transposed) {
        if (b.rows() == 0) return;
        openblas.cblas_strmm(
                openblas.CblasRowMajor,
                openblas.CblasRight,
                openblas.CblasLower,
                transposed ? openblas.CblasTrans : openblas.CblasNoTrans,
                openblas.CblasNonUnit,
                b.rows(),
                b.columns(),
                1,
                at(t),
                t.stride(),
                at(b),
                b.stride());
        keep(b, t, t);
    }

    /**
     * Replaces the lower triangle of {@code a}, a positive definite matrix A = L Lᵀ, by L⁻¹. The strict upper triangle stays
     * as it is.
     *
     * @throws ArithmeticException when A is not positive definite
     */
    public static void invertCholesky(Matrix a) {
        int n = a.rows();
        requireSquare(a, n);
        // Row-major lower is column-major upper. LAPACKE would transpose into a copy if it were told of rows.
        int info = openblas.LAPACKE_spotrf(openblas.LAPACK_COL_MAJOR, (byte) 'U', n, at(a), a.stride());
        if (info == 0)
            info = openblas.LAPACKE_strtri(openblas.LAPACK_COL_MAJOR, (byte) 'U', (byte) 'N', n, at(a), a.stride());
        if (info != 0) throw new ArithmeticException("a matrix of order " + n + " is not positive definite");
        keep(a, a, a);
    }

    private static void requireSquare(Matrix square, int n) {
        if (square.rows() != n || square.columns() != n)
            throw new IllegalArgumentException("a square matrix of order " + n + " expected, not " + shape(square));
    }

    private static String shape(Matrix matrix) {
        return matrix.rows() + " x " + matrix.columns();
    }

    private static void keep(Matrix a, Matrix b, Matrix c) {
        Reference.reachabilityFence(a.data());
        Reference.reachabilityFence(b.data());
        Reference.reachabilityFence(c.data());
    }
}
