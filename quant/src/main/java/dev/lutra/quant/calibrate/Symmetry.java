package dev.lutra.quant.calibrate;

import dev.lutra.quant.algebra.Matrix;

/** Symmetric matrices, changed in place: a second square does not fit where the first is of 1.4 GB. */
final class Symmetry {
    /** Side of the tiles that are transposed at a time: two of them stay in the first-level cache. */
    private static final int TILE = 32;

    private Symmetry() {}

    /** Copies the upper triangle below the diagonal. */
    static void mirror(Matrix square) {
        int n = square.rows();
        for (int rows = 0; rows < n; rows += TILE)
            for (int columns = 0; columns <= rows; columns += TILE)
                for (int r = rows; r < Math.min(n, rows + TILE); r++)
                    for (int c = columns; c < Math.min(r, columns + TILE); c++) square.set(r, c, square.get(c, r));
    }

    /** Moves row and column {@code order[i]} to place i, for every i. */
    static void permute(Matrix square, int[] order) {
        int n = order.length;
        int[] place = new int[n], held = new int[n];
        for (int i = 0; i < n; i++) place[i] = held[i] = i;
        for (int i = 0; i < n; i++) {
            int from = place[order[i]], displaced = held[i];
            if (from == i) continue;
            swap(square, i, from);
            held[from] = displaced;
            place[displaced] = from;
            held[i] = order[i];
            place[order[i]] = i;
        }
    }

    private static void swap(Matrix square, int a, int b) {
        int n = square.rows();
        float[] rowA = square.row(a), rowB = square.row(b);
        square.write(a, 0, n, rowB, 0);
        square.write(b, 0, n, rowA, 0);
        for (int r = 0; r < n; r++) {
            float held = square.get(r, a);
            square.set(r, a, square.get(r, b));
            square.set(r, b, held);
        }
    }
}
