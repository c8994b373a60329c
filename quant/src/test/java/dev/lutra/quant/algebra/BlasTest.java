package dev.lutra.quant.algebra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlasTest {
    private static final float TOLERANCE = 2e-4f;

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 17, 64})
    void productsAgreeWithTheirDefinition(int size) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = random(arena, size, size + 2, 1), b = random(arena, size + 2, size + 5, 2);
            Matrix c = random(arena, size, size + 5, 3), d = random(arena, size + 5, size + 2, 4);
            Matrix e = random(arena, size, size + 5, 5), f = random(arena, size + 2, size + 5, 6);
            float before = c.get(0, 1), beforeE = e.get(0, 1), beforeF = f.get(0, 1);
            Blas.multiply(2, a, b, 3, c);
            Blas.multiplyTransposed(2, a, d, 3, e);
            Blas.transposedMultiply(2, a, random(arena, size, size + 5, 7), 3, f);
            Matrix g = random(arena, size, size + 5, 7);
            float ab = 0, ad = 0, ag = 0;
            for (int k = 0; k < size + 2; k++) ab += a.get(0, k) * b.get(k, 1);
            for (int k = 0; k < size + 2; k++) ad += a.get(0, k) * d.get(1, k);
            for (int k = 0; k < size; k++) ag += a.get(k, 0) * g.get(k, 1);
            assertEquals(2 * ab + 3 * before, c.get(0, 1), TOLERANCE);
            assertEquals(2 * ad + 3 * beforeE, e.get(0, 1), TOLERANCE);
            assertEquals(2 * ag + 3 * beforeF, f.get(0, 1), TOLERANCE);
        }
    }

    @Test
    void viewsOfRowsAndColumnsAreMultipliedInPlace() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix all = random(arena, 9, 11, 8), into = Matrix.allocate(arena, 6, 7);
            Matrix a = all.rows(2, 4).columns(1, 3), b = all.rows(1, 3).columns(4, 5);
            Blas.multiply(1, a, b, 0, into.rows(1, 4).columns(2, 5));
            float sum = 0;
            for (int k = 0; k < 3; k++) sum += all.get(3, 1 + k) * all.get(1 + k, 8);
            assertEquals(sum, into.get(2, 6), TOLERANCE);
            assertEquals(0, into.get(0, 0));
            assertEquals(0, into.get(5, 6));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 150})
    void theInvertedFactorGivesTheInverse(int n) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = random(arena, 2 * n + 4, n, 9), gram = Matrix.allocate(arena, n, n);
            Blas.addGram(x, gram);
            Matrix full = Matrix.allocate(arena, n, n), b = random(arena, 3, n, 10);
            for (int i = 0; i < n; i++)
                for (int k = 0; k < n; k++) full.set(i, k, gram.get(Math.min(i, k), Math.max(i, k)));
            Matrix product = Matrix.allocate(arena, 3, n);
            Blas.multiplySymmetric(1, b, gram, 0, product);
            float corner = n > 1 ? full.get(0, n - 1) : 0;
            Blas.invertCholesky(full);
            if (n > 1) assertEquals(corner, full.get(0, n - 1), "the upper triangle is left alone");
            Blas.multiplyLower(product, full, true);
            Blas.multiplyLower(product, full, false);
            for (int i = 0; i < 3; i++) for (int k = 0; k < n; k++) assertEquals(b.get(i, k), product.get(i, k), 2e-3f);
        }
    }

    @Test
    void shapesThatDoNotFitAndIndefiniteMatricesAreRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = Matrix.allocate(arena, 3, 4), square = Matrix.allocate(arena, 3, 3);
            assertThrows(IllegalArgumentException.class, () -> Blas.multiply(1, a, a, 0, square));
            assertThrows(IllegalArgumentException.class, () -> Blas.addGram(a, square));
            assertThrows(ArithmeticException.class, () -> Blas.invertCholesky(square));
            assertThrows(IllegalArgumentException.class, () -> new Matrix(a.data(), 4, 4, 4));
        }
    }

    private static Matrix random(Arena arena, int rows, int columns, long seed) {
        Matrix matrix = Matrix.allocate(arena, rows, columns);
        Random random = new Random(seed);
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) matrix.set(row, column, (float) random.nextGaussian());
        return matrix;
    }
}
