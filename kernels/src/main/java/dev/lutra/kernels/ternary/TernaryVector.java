package dev.lutra.kernels.ternary;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jdk.incubator.vector.ShortVector;

/**
 * {@link TernaryLinear} by look-up tables in pure Java, on machines with 512-bit vectors: a table of 27 partial sums fits one
 * register of 32 words, so one instruction looks up three weights of 32 rows. See {@link LookupLayout} for the layout.
 *
 * <p>Few tokens: rows are shared out, many tokens: tokens are. Either way each worker makes the tables of one segment, for a
 * group of tokens or a block of them, which stay in its nearest cache while the weights of that segment pass by; to make a table
 * again costs less than to fetch it from another core.
 */
public final class TernaryVector implements TernaryLinear {
    /** Tokens whose tables of one segment (5.4 KB each) are in use at once. */
    private static final int BLOCK = 16;

    /** Tiles whose words of one segment (7 KB each) stay in the second-level cache for a block of tokens. */
    private static final int TILES = 32;

    /** From this many tokens per worker on, tokens are shared out instead of rows. */
    private static final int TOKENS_TO_SPLIT = 8;

    private final LookupLayout layout;
    private final int columns;
    private final MemorySegment rowScales;

    /** Lays out {@code parts}, stacked, in memory of {@code arena}. */
    public TernaryVector(List<DigitMatrix> parts, Arena arena, Team team) {
        if (!isSupported()) throw new UnsupportedOperationException("look-up kernels need 512-bit vectors");
        StackedRows source = new StackedRows(parts);
        columns = source.columns();
        layout = LookupLayout.of(source, arena, team);
        rowScales = arena.allocate((long) source.rows() * Float.BYTES, FloatMatrix.ALIGNMENT);
        rowScales.copyFrom(MemorySegment.ofArray(source.rowScales()));
    }

    /** Whether this machine has vectors of 512 bits. */
    public static boolean isSupported() {
        return ShortVector.SPECIES_PREFERRED.vectorBitSize() == 512;
    }

    @Override
    public int rows() {
        return layout.rows();
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int digits() {
        return layout.digits();
    }

    @Override
    public String describe() {
        return digits() + " ternary digit(s) as 5-bit indices, Vector API look-up";
    }

    @Override
    public long residentBytes() {
        return weightBytes() + rowScales.byteSize();
    }

    @Override
    public long weightBytes() {
        return layout.byteSize();
    }

    @Override
    public void accumulate(Activations x, MemorySegment sums, Team team) {
        run(x, new Output.Integers(sums, rows()), team);
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        run(x, new Output.Scaled(y, rowScales, x.int8(team)), team);
    }

    private void run(Activations x, Output output, Team team) {
        if (x.tokens() < TOKENS_TO_SPLIT * team.size()) shareRows(x, output, team);
        else shareTokens(x, output, team);
        AddressSpace.keep(this, x, output);
    }

    private void shareRows(Activations x, Output output, Team team) {
        Segments segments = layout.segments();
        Int8Rows q = x.int8(team);
        int tokens = x.tokens(), padded = layout.tiles() * LookupLayout.TILE;
        long sumsBytes = (long) tokens * padded * Integer.BYTES;
        long tablesBytes = LookupKernel.FOUR * LookupTables.SEGMENT_BYTES, each = tablesBytes + Tiles.RAW_BYTES;
        MemorySegment scratch = x.scratch(sumsBytes + team.size() * each);
        team.run((worker, workers) -> {
            Share rows = Share.of(padded, LookupLayout.TILE, worker, workers);
            if (rows.size() == 0) return;
            long at = (long) tokens * rows.from() * Integer.BYTES, tablesAt = sumsBytes + worker * each;
            long tables = AddressSpace.address(scratch, tablesAt, tablesBytes);
            Tiles tiles = new Tiles(layout, rows.from(), rows.to(), tokens, scratch, at, tablesAt + tablesBytes);
            int first = rows.from() / LookupLayout.TILE, end = rows.to() / LookupLayout.TILE;
            tiles.clear(tokens);
            for (int s = 0; s < segments.count(); s++)
                for (int token = 0, group; token < tokens; token += group) {
                    group = LookupTables.group(token, tokens);
                    LookupTables.build(q, token, group, segments, s, tables);
                    tiles.add(s, first, end, tables, token, group);
                }
            tiles.finish(0, tokens, output);
        });
    }

    private void shareTokens(Activations x, Output output, Team team) {
        Segments segments = layout.segments();
        Int8Rows q = x.int8(team);
        int padded = layout.tiles() * LookupLayout.TILE;
        long stride = LookupTables.SEGMENT_BYTES,
                tablesAt = (long) BLOCK * padded * Integer.BYTES,
                raw = tablesAt + BLOCK * stride;
        long each = raw + Tiles.RAW_BYTES;
        MemorySegment scratch = x.scratch(team.size() * each);
        team.run((worker, workers) -> {
            Share share = Share.of(x.tokens(), LookupKernel.FOUR, worker, workers);
            long at = worker * each, tables = AddressSpace.address(scratch, at + tablesAt, BLOCK * stride);
            Tiles tiles = new Tiles(layout, 0, padded, BLOCK, scratch, at, at + raw);
            for (int from = share.from(); from < share.to(); from += BLOCK) {
                int tokens = Math.min(BLOCK, share.to() - from);
                tiles.clear(tokens);
                for (int s = 0; s < segments.count(); s++) {
                    for (int t = 0, group; t < tokens; t += group) {
                        group = LookupTables.group(t, tokens);
                        LookupTables.build(q, from + t, group, segments, s, tables + t * stride);
                    }
                    for (int tile = 0; tile < layout.tiles(); tile += TILES)
                        for (int t = 0, group; t < tokens; t += group) {
                            group = LookupTables.group(t, tokens);
                            int end = Math.min(tile + TILES, layout.tiles());
                            tiles.add(s, tile, end, tables + t * stride, t, group);
                        }
                }
                tiles.finish(from, tokens, output);
            }
        });
    }

    /**
     * Sums of rows {@code [from, to)}, which are multiples of the tile, for a block of tokens: int32 [tokens][to - from] at
     * byte {@code sumsAt} of memory that has room for raw int16 sums at byte {@code rawAt}.
     */
    private static final class Tiles {
        /** Raw sums of four tokens with three digits. */
        static final long RAW_BYTES = LookupKernel.FOUR * 3 * LookupLayout.STEP_BYTES;

        private final LookupLayout layout;
        private final int from;
        private final int to;
        private final MemorySegment memory;
        private final long sumsAt;
        private final long words;
        private final long scales;
        private final long sums;
        private final long raw;

        Tiles(LookupLayout layout, int from, int to, int tokens, MemorySegment memory, long sumsAt, long rawAt) {
            this.layout = layout;
            this.from = from;
            this.to = to;
            this.memory = memory;
            this.sumsAt = sumsAt;
            words = AddressSpace.address(layout.words());
            scales = layout.groupScales() == null ? 0 : AddressSpace.address(layout.groupScales());
            sums = AddressSpace.address(memory, sumsAt, tokens * stride());
            raw = AddressSpace.address(memory, rawAt, RAW_BYTES);
        }

        void clear(int tokens) {
            memory.asSlice(sumsAt, tokens * stride()).fill((byte) 0);
        }

        private long stride() {
            return (long) (to - from) * Integer.BYTES;
        }

        /** Adds one segment of tiles {@code [first, end)} for a group of tokens, whose tables begin at {@code tables}. */
        void add(int segment, int first, int end, long tables, int firstToken, int group) {
            int steps = layout.segments().steps(segment), digits = layout.digits();
            long digitBytes = (long) steps * LookupLayout.STEP_BYTES, apart = (long) digits * LookupLayout.STEP_BYTES;
            for (int tile = first; tile < end; tile++) {
                long digit = words + layout.wordsOffset(segment, tile), out = raw;
                for (int d = 0; d < digits; d++, digit += digitBytes, out += LookupLayout.STEP_BYTES) {
                    if (group == 1) LookupKernel.single(digit, tables, steps, out);
                    else
                        for (long half = 0; half < LookupLayout.STEP_BYTES; half += LookupLayout.STEP_BYTES / 2)
                            LookupKernel.four(digit + half, tables, steps, out + half, apart);
                }
                long at = sums + (long) (tile * LookupLayout.TILE - from) * Integer.BYTES;
                for (int i = 0; i < group; i++) join(segment, tile, raw + i * apart, at + (firstToken + i) * stride());
            }
        }

        private void join(int segment, int tile, long raw, long at) {
            if (scales == 0) DigitJoin.plain(raw, at);
            else DigitJoin.add(layout.digits(), raw, scales + layout.scalesOffset(segment, tile), at);
        }

        void finish(int firstToken, int tokens, Output output) {
            int end = Math.min(to, layout.rows());
            for (int token = 0; token < tokens; token++)
                output.take(firstToken + token, from, end, memory, sumsAt + token * stride());
        }
    }
}
