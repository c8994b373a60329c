package dev.lutra.quant.algebra;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/** Products and factors of {@link Matrix}, computed by OpenBLAS with all of its threads. */
public final class Blas {
    private Blas() {}

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

    /** Threads of every later call, in the whole process. */
    public static void threads(int count) {
        openblas.blas_set_num_threads(count);
    }

    /** {@code c = alpha a b + beta c}: [m][k] times [k][n]. */
    public static void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        product(false, false, a.columns(), alpha, a, b, beta, c, a.rows(), b.columns(), b.rows());
    }

    /** {@code c = alpha a bᵀ + beta c}: [m][k] times [n][k]. */
    public static void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        product(false, true, a.columns(), alpha, a, b, beta, c, a.rows(), b.rows(), b.columns());
    }

    /** {@code c = alpha aᵀ b + beta c}: [k][m] and [k][n]. */
    public static void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        product(true, false, a.rows(), alpha, a, b, beta, c, a.columns(), b.columns(), b.rows());
    }

    private static void product(
            boolean transposeA,
            boolean transposeB,
            int inner,
            float alpha,
            Matrix a,
            Matrix b,
            float beta,
            Matrix c,
            int rows,
            int columns,
            int innerOfB) {
        if (inner != innerOfB || rows != c.rows() || columns != c.columns())
            throw new IllegalArgumentException("product of " + shape(a) + " and " + shape(b) + " into " + shape(c));
        if (rows == 0 || inner == 0) return;
        openblas.cblas_sgemm(
                openblas.CblasRowMajor,
                transposeA ? openblas.CblasTrans : openblas.CblasNoTrans,
                transposeB ? openblas.CblasTrans : openblas.CblasNoTrans,
                rows,
                columns,
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

    /** Adds {@code xᵀ x} to the upper triangle, diagonal included, of {@code gram}; [tokens][n] and [n][n]. */
    public static void addGram(Matrix x, Matrix gram) {
        requireSquare(gram, x.columns());
        if (x.rows() == 0) return;
        openblas.cblas_ssyrk(
                openblas.CblasRowMajor,
                openblas.CblasUpper,
                openblas.CblasTrans,
                x.columns(),
                x.rows(),
                1,
                at(x),
                x.stride(),
                1,
                at(gram),
                gram.stride());
        keep(x, gram, gram);
    }

    /** {@code c = alpha a s + beta c} with a symmetric {@code s} [n][n], of which only the upper triangle is read. */
    public static void multiplySymmetric(float alpha, Matrix a, Matrix s, float beta, Matrix c) {
        requireSquare(s, a.columns());
        if (c.rows() != a.rows() || c.columns() != a.columns())
            throw new IllegalArgumentException("product of " + shape(a) + " and " + shape(s) + " into " + shape(c));
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
        keep(a, a, a);
        if (info != 0) throw new ArithmeticException("a matrix of order " + n + " is not positive definite");
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
