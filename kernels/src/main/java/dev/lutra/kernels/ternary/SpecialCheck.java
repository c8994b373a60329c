package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lutra.kernels.ffi.SpecialGemv;
import dev.lutra.kernels.ffi.SpecialLibrary.Matrix;
import dev.lutra.kernels.ffi.WeightMemory;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_ternary;
import dev.lutra.kernels.ffi.generated.lutra_ternary_row;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Whether a generated kernel gives the sums of plain loops, on seeded weights in the first, a middle and the last tile of its
 * matrix: where a constant that is off by one would show.
 */
final class SpecialCheck {
    private static final int TILE = 64;
    private static final float X_SCALE = 1.7f;

    private final Matrix shape;
    private final SplittableRandom random = new SplittableRandom(1);
    private final Arena arena;
    private final MemorySegment weights;
    private final byte[] x;
    private final MemorySegment tables;

    private SpecialCheck(Matrix shape, Arena arena) {
        this.shape = shape;
        this.arena = arena;
        NativeLayout layout = NativeLayout.ofId(shape.layout());
        weights = TernaryNative.describe(arena, layout, shape.digits(), shape.rows(), shape.columns(), shape.group());
        lutra_ternary.weights(weights, WeightMemory.allocate(arena, Lutra.lutra_ternary_weight_bytes(weights)));
        long scaleBytes = Lutra.lutra_ternary_scale_bytes(weights);
        if (scaleBytes > 0) lutra_ternary.group_scales(weights, WeightMemory.allocate(arena, scaleBytes));
        MemorySegment rowScales = arena.allocate(shape.rows() * 4L, FloatMatrix.ALIGNMENT);
        for (int r = 0; r < shape.rows(); r++) rowScales.setAtIndex(JAVA_FLOAT, r, 0.01f + 0.001f * (r % 97));
        lutra_ternary.row_scales(weights, rowScales);
        x = new byte[shape.columns()];
        random.nextBytes(x);
        tables = arena.allocate(Lutra.lutra_ternary_table_bytes(weights), FloatMatrix.ALIGNMENT);
        MemorySegment activations = arena.allocate(shape.columns() + 64L, FloatMatrix.ALIGNMENT);
        MemorySegment.copy(x, 0, activations, JAVA_BYTE, 0, x.length);
        Lutra.lutra_ternary_tables(weights, activations, 0, Lutra.lutra_ternary_blocks(weights), tables);
    }

    static boolean passes(Matrix shape, SpecialGemv function) {
        if (!isSane(shape)) return false;
        try (Arena arena = Arena.ofShared()) {
            SpecialCheck check = new SpecialCheck(shape, arena);
            int tiles = Math.ceilDiv(shape.rows(), TILE);
            return Arrays.stream(new int[] {0, tiles / 2, tiles - 1})
                    .distinct()
                    .allMatch(tile -> check.passes(function, tile));
        }
    }

    private static boolean isSane(Matrix shape) {
        return shape.layout() >= 1
                && shape.layout() <= NativeLayout.values().length
                && shape.digits() >= 1
                && shape.digits() <= 3
                && shape.rows() > 0
                && shape.columns() > 0
                && shape.group() >= 0
                && (long) shape.rows() * shape.columns() < 1L << 33;
    }

    private boolean passes(SpecialGemv function, int tile) {
        int[] expected = pack(tile);
        MemorySegment y = arena.allocate(shape.rows() * 4L, FloatMatrix.ALIGNMENT);
        function.multiply(weights, tables, 0, tile, tile + 1, y);
        for (int i = 0; i < expected.length; i++)
            if (y.getAtIndex(JAVA_INT, (long) tile * TILE + i) != expected[i]) return false;
        function.multiply(weights, tables, X_SCALE, tile, tile + 1, y);
        for (int i = 0; i < expected.length; i++) {
            int row = tile * TILE + i;
            float scaled = TernaryLinear.scaled(expected[i], 0.01f + 0.001f * (row % 97), X_SCALE);
            if (y.getAtIndex(JAVA_FLOAT, row) != scaled) return false;
        }
        return true;
    }

    /** Fills a tile with random digits; returns what its rows times x are. */
    private int[] pack(int tile) {
        int rows = Math.min(TILE, shape.rows() - tile * TILE), columns = shape.columns(), digits = shape.digits();
        int group = shape.group() == 0 ? columns : shape.group(), groups = Math.ceilDiv(columns, group);
        MemorySegment sources = lutra_ternary_row.allocateArray(TILE, arena);
        int[] sums = new int[rows];
        byte[] trits = new byte[digits * columns], m = new byte[groups];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < trits.length; i++) trits[i] = (byte) (random.nextInt(3) - 1);
            for (int g = 0; g < groups; g++)
                m[g] = (byte) (shape.group() == 0 ? 1 : 1 + random.nextInt(DigitMatrix.maxGroupScale(digits)));
            for (int k = 0; k < columns; k++) {
                int level = 0;
                for (int d = digits - 1; d >= 0; d--) level = 3 * level + trits[d * columns + k];
                sums[r] += m[k / group] * level * x[k];
            }
            MemorySegment row = lutra_ternary_row.asSlice(sources, r);
            lutra_ternary_row.trits(row, arena.allocateFrom(JAVA_BYTE, trits));
            lutra_ternary_row.plane(row, columns);
            if (shape.group() > 0) lutra_ternary_row.m(row, arena.allocateFrom(JAVA_BYTE, m));
        }
        Lutra.lutra_ternary_pack(weights, sources, tile);
        return sums;
    }
}
