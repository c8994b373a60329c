package dev.lutra.kernels.block;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Form;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.ffi.generated.lutra_blocks;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Activations as int8 in blocks of 32 with a float scale of {@code max|x| / 127} each, for native kernels.
 *
 * @param struct a {@code struct lutra_blocks}
 */
record Int8Blocks(MemorySegment struct) {
    static final int LENGTH = 32;

    /** The form of any batch. */
    record Of() implements Form<Int8Blocks> {
        /** So many activations are quantized in the time of the team's barrier. */
        private static final int ALONE = 16_384;

        @Override
        public Int8Blocks allocate(Arena arena, int capacity, int columns) {
            long blocks = (long) capacity * (columns / LENGTH);
            MemorySegment struct = lutra_blocks.allocate(arena);
            lutra_blocks.values(struct, arena.allocate(blocks * LENGTH, FloatMatrix.ALIGNMENT));
            lutra_blocks.scales(struct, arena.allocate(blocks * Float.BYTES, FloatMatrix.ALIGNMENT));
            lutra_blocks.sums(struct, arena.allocate(2 * blocks * Integer.BYTES, FloatMatrix.ALIGNMENT));
            lutra_blocks.columns(struct, columns);
            return new Int8Blocks(struct);
        }

        @Override
        public void compute(Activations x, Int8Blocks memory, Team team) {
            FloatMatrix values = x.values();
            int tokens = x.tokens();
            if ((long) tokens * x.columns() < ALONE)
                Lutra.lutra_blocks_quantize(memory.struct, values.segment(), values.stride(), 0, tokens);
            else
                team.run((worker, workers) -> {
                    Share share = Share.of(tokens, 1, worker, workers);
                    Lutra.lutra_blocks_quantize(
                            memory.struct, values.segment(), values.stride(), share.from(), share.to());
                });
        }
    }
}
