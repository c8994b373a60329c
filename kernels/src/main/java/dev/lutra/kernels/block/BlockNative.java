package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_block_matrix;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * {@link BlockLinear} in C, straight from the file's blocks. Activations are rounded to int8 in blocks of 32, as ggml's kernels
 * do, so results differ from the specification's by that rounding; blocks are summed exactly and in order, so they do not
 * depend on the batch.
 */
public final class BlockNative implements BlockLinear {
    /** Rows of a tile, the unit in which rows are shared out. */
    private static final int TILE = 64;

    /** From so many tokens on the kernel decodes 64 rows once for all. */
    private static final int STRIPS_FROM = 3;

    private static final Int8Blocks.Of FORM = new Int8Blocks.Of();

    private final GgmlType type;
    private final MemorySegment matrix;
    private final int rows;
    private final int columns;
    private final long weightBytes;
    private final long scratchBytes;

    /** {@code weights} of {@code rows} x {@code columns}, which stay where they are and must outlive this. */
    public BlockNative(GgmlType type, MemorySegment weights, int rows, int columns) {
        NativeLibrary.get().require();
        if (!handles(type)) throw new IllegalArgumentException("no native kernel for " + type);
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        weightBytes = type.byteSize(columns, rows).orElseThrow();
        if (rows < 1 || weights.byteSize() < weightBytes)
            throw new IllegalArgumentException(
                    weights.byteSize() + " bytes do not hold " + rows + " rows of " + columns + " in " + type);
        matrix = lutra_block_matrix.allocate(Arena.ofAuto());
        lutra_block_matrix.weights(matrix, weights);
        lutra_block_matrix.type(matrix, type.id());
        lutra_block_matrix.rows(matrix, rows);
        lutra_block_matrix.columns(matrix, columns);
        scratchBytes = (Lutra.lutra_block_scratch_bytes(matrix) + TILE - 1) / TILE * TILE;
    }

    /** Whether there is a kernel for {@code type}. */
    public static boolean handles(GgmlType type) {
        return switch (type) {
            case Q4_0, Q8_0, Q4_K, Q6_K -> true;
            default -> false;
        };
    }

    @Override
    public GgmlType type() {
        return type;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public String describe() {
        return type + " in place, native " + NativeLibrary.get().isa();
    }

    @Override
    public long residentBytes() {
        return 0;
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        MemorySegment blocks = x.form(FORM, team).struct();
        MemorySegment scratch = x.scratch(team.size() * scratchBytes);
        int tokens = x.tokens();
        int tiles = Math.ceilDiv(rows, TILE);
        if (tokens >= STRIPS_FROM) {
            team.runParts(tiles, (worker, from, to) -> multiply(blocks, tokens, from, to, scratch, worker, y));
            return;
        }
        // one stretch of rows per thread, which the kernel reads as four streams
        team.run((worker, workers) -> {
            Share share = Share.of(tiles, 1, worker, workers);
            if (share.size() > 0) multiply(blocks, tokens, share.from(), share.to(), scratch, worker, y);
        });
    }

    private void multiply(
            MemorySegment blocks, int tokens, int from, int to, MemorySegment scratch, int worker, FloatMatrix y) {
        MemorySegment own = scratch.asSlice(worker * scratchBytes, scratchBytes);
        Lutra.lutra_block_multiply(matrix, blocks, tokens, from, to, own, y.segment(), y.stride());
    }
}
