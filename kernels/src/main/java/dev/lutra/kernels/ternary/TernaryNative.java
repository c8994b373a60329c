package dev.lutra.kernels.ternary;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.WeightMemory;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_ternary;
import dev.lutra.kernels.ffi.generated.lutra_ternary_row;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@link TernaryLinear} in C. Few tokens look up or multiply the packed weights directly; for many, each thread decodes 64 rows
 * at a time to int8 and multiplies all tokens by them. The layout may differ from that of the Java kernels.
 */
public final class TernaryNative implements TernaryLinear {
    /** Rows of a tile, the unit in which rows are shared out. */
    private static final int TILE = 64;

    /** From so many tokens on, decoding the weights once is cheaper than passing over them once per token. */
    private static final int DECODED_FROM = 4;

    private final MemorySegment matrix;
    private final NativeLayout layout;
    private final int rows;
    private final int columns;
    private final int digits;
    private final long weightBytes;
    private final long scratchBytes;
    private final NativeTables.For tables;

    /** Lays out {@code parts}, stacked, in the preferred layout and in memory of {@code arena}. */
    public TernaryNative(List<DigitMatrix> parts, Arena arena, Team team) {
        this(parts, NativeLayout.preferred(parts.getFirst().digits()), arena, team);
    }

    /** Lays out {@code parts}, stacked, in memory of {@code arena}. */
    public TernaryNative(List<DigitMatrix> parts, NativeLayout layout, Arena arena, Team team) {
        NativeLibrary.get().require();
        this.layout = layout;
        StackedRows source = new StackedRows(parts);
        rows = source.rows();
        columns = source.columns();
        digits = source.digits();
        boolean scaled = source.hasGroupScales();
        int group = scaled ? source.group() : 0;
        matrix = describe(arena, layout, digits, rows, columns, group);
        long scaleBytes = Lutra.lutra_ternary_scale_bytes(matrix);
        weightBytes = Lutra.lutra_ternary_weight_bytes(matrix) + scaleBytes;
        lutra_ternary.weights(matrix, WeightMemory.allocate(arena, weightBytes - scaleBytes));
        if (scaled) lutra_ternary.group_scales(matrix, WeightMemory.allocate(arena, scaleBytes));
        MemorySegment rowScales = arena.allocate((long) rows * Float.BYTES, FloatMatrix.ALIGNMENT);
        rowScales.copyFrom(MemorySegment.ofArray(source.rowScales()));
        lutra_ternary.row_scales(matrix, rowScales);
        scratchBytes = (Lutra.lutra_ternary_scratch_bytes(matrix) + TILE - 1) / TILE * TILE;
        tables = NativeTables.For.matrix(layout, digits, group, DECODED_FROM - 1);
        pack(source, team);
    }

    /** A {@code struct lutra_ternary} without memory for weights and scales. */
    static MemorySegment describe(Arena arena, NativeLayout layout, int digits, int rows, int columns, int group) {
        MemorySegment matrix = lutra_ternary.allocate(arena);
        lutra_ternary.layout(matrix, layout.id());
        lutra_ternary.digits(matrix, digits);
        lutra_ternary.rows(matrix, rows);
        lutra_ternary.columns(matrix, columns);
        lutra_ternary.group(matrix, group);
        return matrix;
    }

    private int tiles() {
        return Math.ceilDiv(rows, TILE);
    }

    private void pack(StackedRows source, Team team) {
        source.checkGroupScales();
        team.run((worker, workers) -> {
            Share share = Share.of(tiles(), 1, worker, workers);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment sources = lutra_ternary_row.allocateArray(TILE, arena);
                for (int tile = share.from(); tile < share.to(); tile++) {
                    for (int i = 0; i < TILE; i++)
                        point(lutra_ternary_row.asSlice(sources, i), source, tile * TILE + i);
                    Lutra.lutra_ternary_pack(matrix, sources, tile);
                }
            }
        });
    }

    private void point(MemorySegment to, StackedRows source, int row) {
        to.fill((byte) 0);
        if (row >= rows) return;
        DigitMatrix part = source.part(row);
        int inPart = source.rowInPart(row);
        lutra_ternary_row.trits(to, part.planes().asSlice(part.offset(0, inPart, 0)));
        lutra_ternary_row.plane(to, (long) part.rows() * part.columns());
        MemorySegment scales = part.groupScales();
        if (scales != null) lutra_ternary_row.m(to, scales.asSlice((long) inPart * part.groups()));
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
    public int digits() {
        return digits;
    }

    @Override
    public String describe() {
        return digits + " ternary digit(s) as " + layout.label() + ", native "
                + NativeLibrary.get().isa();
    }

    @Override
    public long residentBytes() {
        return weightBytes + (long) rows * Float.BYTES;
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public void accumulate(Activations x, MemorySegment sums, Team team) {
        run(x, sums, rows, false, team);
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        run(x, y.segment(), y.stride(), true, team);
    }

    /** @param y [tokens][stride] of float, or of int32 sums when not {@code scaled} */
    private void run(Activations x, MemorySegment y, long stride, boolean scaled, Team team) {
        if (x.tokens() < DECODED_FROM) passPerToken(x, y, stride, scaled, team);
        else decodeOnce(x, y, stride, scaled, team);
    }

    private void passPerToken(Activations x, MemorySegment y, long stride, boolean scaled, Team team) {
        Int8Rows q = x.int8(team);
        NativeTables forms = x.form(tables, team);
        int tokens = x.tokens();
        team.run((worker, workers) -> {
            Share share = Share.of(tiles(), 1, worker, workers);
            if (share.size() == 0) return;
            for (int token = 0; token < tokens; token++) {
                float scale = scaled ? q.scale(token) : 0;
                MemorySegment out = y.asSlice(token * stride * Float.BYTES);
                Lutra.lutra_ternary_gemv(matrix, forms.of(token), scale, share.from(), share.to(), out);
            }
        });
    }

    private void decodeOnce(Activations x, MemorySegment y, long stride, boolean scaled, Team team) {
        Int8Rows q = x.int8(team);
        MemorySegment scratch = x.scratch(team.size() * scratchBytes);
        MemorySegment scales = scaled ? q.scales() : MemorySegment.NULL;
        int tokens = x.tokens();
        team.run((worker, workers) -> {
            Share share = Share.of(tiles(), 1, worker, workers);
            if (share.size() == 0) return;
            Lutra.lutra_ternary_gemm(
                    matrix,
                    q.values(),
                    q.stride(),
                    q.sums(),
                    scales,
                    tokens,
                    share.from(),
                    share.to(),
                    scratch.asSlice(worker * scratchBytes, scratchBytes),
                    y,
                    stride);
        });
    }
}
