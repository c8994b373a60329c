package dev.lutra.kernels.ternary;

import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.SpecialGemv;
import dev.lutra.kernels.ffi.WeightMemory;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_ternary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link TernaryLinear} in C. Few tokens look up or multiply the packed weights directly; for many, each thread decodes 64 rows
 * at a time to int8 and multiplies all tokens by them. The layout may differ from that of the Java kernels.
 */
public final class TernaryNative implements TernaryLinear {
    /** Rows of a tile, the unit in which rows are shared out. */
    private static final int TILE = 64;

    /** From so many tokens on, decoding the weights once is cheaper than passing over them once per token. */
    private static final int DECODED_FROM = 4;

    /** Digits that are decoded before they are laid out: few enough for a cache, enough that the calls do not count. */
    private static final int DECODED_BYTES = 256 << 10;

    private final MemorySegment matrix;
    private final NativeLayout layout;
    private final int rows;
    private final int columns;
    private final int digits;
    private final long weightBytes;
    private final long scratchBytes;
    private final boolean resident;

    /** Of one thread in a gated product, 0 when this matrix has none. */
    private final long gatedBytes;

    /** Of one token's tables, of one thread. */
    private final long tableBytes;

    private final int blocks;
    private final @Nullable SpecialGemv special;

    /** Lays out {@code parts}, stacked, in the preferred layout and in memory of {@code arena}. */
    public TernaryNative(List<DigitMatrix> parts, Arena arena, Team team) {
        this(parts, NativeLayout.preferred(parts.getFirst().digits()), SpecialKernels.NONE, arena, team);
    }

    /** Lays out {@code parts}, stacked, in memory of {@code arena}. */
    public TernaryNative(List<DigitMatrix> parts, NativeLayout layout, Arena arena, Team team) {
        this(parts, layout, SpecialKernels.NONE, arena, team);
    }

    /** The same, multiplying single tokens with the one of {@code generated} that fits, when there is one. */
    public TernaryNative(
            List<DigitMatrix> parts, NativeLayout layout, SpecialKernels generated, Arena arena, Team team) {
        this(new StackedSource(parts.stream().map(DigitSource::of).toList()), layout, generated, arena, team);
    }

    /** The same from sources, of which no more than a few rows are decoded at a time. */
    public static TernaryNative of(
            List<DigitSource> parts, NativeLayout layout, SpecialKernels generated, Arena arena, Team team) {
        return new TernaryNative(new StackedSource(parts), layout, generated, arena, team);
    }

    private TernaryNative(StackedSource source, NativeLayout layout, SpecialKernels generated, Arena arena, Team team) {
        this(
                layout,
                source.digits(),
                source.rows(),
                source.columns(),
                source.hasGroupScales() ? source.group() : 0,
                true,
                generated,
                arena);
        long scaleBytes = Lutra.lutra_ternary_scale_bytes(matrix);
        lutra_ternary.weights(matrix, WeightMemory.allocate(arena, weightBytes - scaleBytes));
        if (scaleBytes > 0) lutra_ternary.group_scales(matrix, WeightMemory.allocate(arena, scaleBytes));
        MemorySegment rowScales = arena.allocate((long) rows * Float.BYTES, FloatMatrix.ALIGNMENT);
        MemorySegment.copy(source.rowScales(), 0, rowScales, ValueLayout.JAVA_FLOAT, 0, rows);
        lutra_ternary.row_scales(matrix, rowScales);
        pack(source, team);
    }

    /** A matrix whose digits and scales are still to come. */
    private TernaryNative(
            NativeLayout layout,
            int digits,
            int rows,
            int columns,
            int group,
            boolean resident,
            SpecialKernels generated,
            Arena arena) {
        NativeLibrary.get().require();
        this.layout = layout;
        this.digits = digits;
        this.rows = rows;
        this.columns = columns;
        this.resident = resident;
        matrix = describe(arena, layout, digits, rows, columns, group);
        weightBytes = Lutra.lutra_ternary_weight_bytes(matrix) + Lutra.lutra_ternary_scale_bytes(matrix);
        scratchBytes = (Lutra.lutra_ternary_scratch_bytes(matrix) + TILE - 1) / TILE * TILE;
        gatedBytes = (Lutra.lutra_ternary_gated_bytes(matrix) + TILE - 1) / TILE * TILE;
        tableBytes = (Lutra.lutra_ternary_table_bytes(matrix) + TILE - 1) / TILE * TILE;
        blocks = Lutra.lutra_ternary_blocks(matrix);
        special = generated.find(layout, digits, rows, columns, group).orElse(null);
    }

    /**
     * A matrix that is multiplied where it lies.
     *
     * @param tensor must outlive the result
     * @throws IllegalArgumentException when it does not begin at a multiple of 64
     */
    public static TernaryNative mapped(RuntimeTensor tensor, SpecialKernels generated, Arena arena) {
        if (!isAligned(tensor)) throw new IllegalArgumentException("a run-time tensor begins at a multiple of 64");
        RuntimeType type = tensor.type();
        TernaryNative mapped = new TernaryNative(
                tensor.layout(),
                type.digits(),
                tensor.rows(),
                tensor.columns(),
                Math.min(type.group(), tensor.columns()),
                false,
                generated,
                arena);
        long digits = type.digitBytes(tensor.columns(), tensor.rows());
        long scales = type.scaleBytes(tensor.columns(), tensor.rows());
        if (digits + scales != mapped.weightBytes) throw new IllegalStateException("C and Java differ on " + type);
        lutra_ternary.weights(mapped.matrix, tensor.data());
        if (scales > 0) lutra_ternary.group_scales(mapped.matrix, tensor.data().asSlice(digits, scales));
        lutra_ternary.row_scales(mapped.matrix, tensor.data().asSlice(digits + scales));
        return mapped;
    }

    /** Whether {@link #mapped} can take {@code tensor} where it lies. */
    public static boolean isAligned(RuntimeTensor tensor) {
        return tensor.data().isNative() && tensor.data().address() % FloatMatrix.ALIGNMENT == 0;
    }

    /** Writes the matrix as a tensor of its {@link RuntimeType}, {@code type.byteSize(columns, rows)} bytes, into {@code to}. */
    public void copyTo(MemorySegment to) {
        long scales = Lutra.lutra_ternary_scale_bytes(matrix), digitBytes = weightBytes - scales;
        copy(lutra_ternary.weights(matrix), digitBytes, to, 0);
        copy(lutra_ternary.group_scales(matrix), scales, to, digitBytes);
        copy(lutra_ternary.row_scales(matrix), (long) rows * Float.BYTES, to, weightBytes);
    }

    @SuppressWarnings("restricted") // pointers that this class set, to memory of that size
    private static void copy(MemorySegment from, long bytes, MemorySegment to, long at) {
        if (bytes > 0) MemorySegment.copy(from.reinterpret(bytes), 0, to, at, bytes);
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

    private void pack(StackedSource source, Team team) {
        team.run((worker, workers) -> {
            Share share = Share.of(tiles(), 1, worker, workers);
            if (share.size() == 0) return;
            int most = Math.clamp(DECODED_BYTES / (TILE * (long) columns * digits), 1, share.size());
            try (Arena arena = Arena.ofConfined()) {
                StackedSource.Reader reader = source.new Reader(most * TILE, arena);
                for (int tile = share.from(); tile < share.to(); tile += most) {
                    int end = Math.min(tile + most, share.to());
                    StackedSource.Rows some = reader.read(tile * TILE, Math.min(rows, end * TILE));
                    MemorySegment scales = some.scales() == null ? MemorySegment.NULL : some.scales();
                    Lutra.lutra_ternary_pack_rows(matrix, some.trits(), some.plane(), scales, some.count(), tile);
                }
            }
        });
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
                + NativeLibrary.get().isa()
                + (special == null ? "" : ", generated");
    }

    @Override
    public long residentBytes() {
        return resident ? weightBytes + (long) rows * Float.BYTES : 0;
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

    /** Every worker makes tables of its own: that takes less time than fetching them from another core's cache. */
    private void passPerToken(Activations x, MemorySegment y, long stride, boolean scaled, Team team) {
        Int8Rows q = x.int8(team);
        MemorySegment scratch = x.scratch(team.size() * tableBytes);
        int tokens = x.tokens();
        team.run((worker, workers) -> {
            Share share = Share.of(tiles(), 1, worker, workers);
            if (share.size() == 0) return;
            MemorySegment tables = scratch.asSlice(worker * tableBytes, tableBytes);
            for (int token = 0; token < tokens; token++) {
                MemorySegment row = q.values().asSlice(q.offset(token), q.stride());
                Lutra.lutra_ternary_tables(matrix, row, 0, blocks, tables);
                float scale = scaled ? q.scale(token) : 0;
                MemorySegment out = y.asSlice(token * stride * Float.BYTES);
                if (special == null) Lutra.lutra_ternary_gemv(matrix, tables, scale, share.from(), share.to(), out);
                else special.multiply(matrix, tables, scale, share.from(), share.to(), out);
            }
        });
    }

    private void decodeOnce(Activations x, MemorySegment y, long stride, boolean scaled, Team team) {
        Int8Rows q = x.int8(team);
        MemorySegment scratch = x.scratch(team.size() * scratchBytes);
        MemorySegment scales = scaled ? q.scales() : MemorySegment.NULL;
        int tokens = x.tokens();
        team.runParts(
                tiles(),
                (worker, from, to) -> Lutra.lutra_ternary_gemm(
                        matrix,
                        q.values(),
                        q.stride(),
                        q.sums(),
                        scales,
                        tokens,
                        from,
                        to,
                        scratch.asSlice(worker * scratchBytes, scratchBytes),
                        y,
                        stride));
    }

    @Override
    public boolean multiplyGated(Gate.Activation f, Activations x, FloatMatrix y, Team team) {
        if (gatedBytes == 0 || x.tokens() < DECODED_FROM) return false;
        Int8Rows q = x.int8(team);
        MemorySegment scratch = x.scratch(team.size() * gatedBytes);
        int tokens = x.tokens(), number = f.number();
        team.runParts(
                tiles() / 2,
                (worker, from, to) -> Lutra.lutra_ternary_gated(
                        matrix,
                        number,
                        q.values(),
                        q.stride(),
                        q.sums(),
                        q.scales(),
                        tokens,
                        from,
                        to,
                        scratch.asSlice(worker * gatedBytes, gatedBytes),
                        y.segment(),
                        y.stride()));
        return true;
    }
}
