package dev.lutra.kernels.ternary;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Form;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What a few tokens are to native matrices of one layout: look-up tables, or activations with their sums.
 *
 * @param shape a {@code struct lutra_ternary} of that layout, without weights
 * @param tables [tokens][stride bytes]
 * @param stride bytes of a token, a multiple of 64
 * @param blocks parts of a token's tables that can be filled independently
 */
record NativeTables(MemorySegment shape, MemorySegment tables, long stride, int blocks) {
    /** The tables of {@code token}. */
    MemorySegment of(int token) {
        return tables.asSlice(token * stride, stride);
    }

    /**
     * @param digits what the layout depends on: 1 unless it is {@link NativeLayout#CODES}
     * @param maxTokens the largest batch asked for
     */
    record For(NativeLayout layout, int digits, int group, int maxTokens) implements Form<NativeTables> {
        /** Tables that fill so many bytes are shared out; below, the team's barrier costs more than it saves. */
        private static final int SHARED_FROM = 64 << 10;

        static For matrix(NativeLayout layout, int digits, int group, int maxTokens) {
            return new For(layout, layout == NativeLayout.CODES ? digits : 1, group, maxTokens);
        }

        @Override
        public NativeTables allocate(Arena arena, int capacity, int columns) {
            MemorySegment shape = TernaryNative.describe(arena, layout, digits, 1, columns, group);
            long bytes = Lutra.lutra_ternary_table_bytes(shape);
            long stride = (bytes + FloatMatrix.ALIGNMENT - 1) / FloatMatrix.ALIGNMENT * FloatMatrix.ALIGNMENT;
            MemorySegment tables = arena.allocate(Math.min(capacity, maxTokens) * stride, FloatMatrix.ALIGNMENT);
            return new NativeTables(shape, tables, stride, Lutra.lutra_ternary_blocks(shape));
        }

        @Override
        public void compute(Activations x, NativeTables memory, Team team) {
            Int8Rows q = x.int8(team);
            int parts = x.tokens() * memory.blocks;
            if (x.tokens() * memory.stride < SHARED_FROM) fill(q, memory, 0, parts);
            else
                team.run((worker, workers) -> {
                    Share share = Share.of(parts, 1, worker, workers);
                    fill(q, memory, share.from(), share.to());
                });
        }

        private static void fill(Int8Rows q, NativeTables memory, int from, int to) {
            int blocks = memory.blocks;
            for (int part = from; part < to; ) {
                int token = part / blocks, first = part % blocks, last = Math.min(blocks, first + to - part);
                MemorySegment row = q.values().asSlice(q.offset(token), q.stride());
                Lutra.lutra_ternary_tables(memory.shape, row, first, last, memory.of(token));
                part += last - first;
            }
        }
    }
}
