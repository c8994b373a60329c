package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.product.Q4Blocks;
import dev.lutra.kernels.product.Q6Blocks;
import dev.lutra.kernels.product.Q8Blocks;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The formats that the Vector API reads.
 *
 * @param columns of a block
 * @param bytes of a block
 * @param multiply four rows by one token
 */
record Packing(int columns, int bytes, Decoder decoder, FourRows multiply) {
    private static final Packing Q8_0 = new Packing(
            32,
            Q8Blocks.BYTES,
            Q8Blocks::decode,
            (rows, apart, blocks, x, sums, work) -> Q8Blocks.multiplyFour(rows, apart, blocks, x, sums));
    private static final Packing Q4_0 = new Packing(
            32,
            Q4Blocks.BYTES,
            Q4Blocks::decode,
            (rows, apart, blocks, x, sums, work) -> Q4Blocks.multiplyFour(rows, apart, blocks, x, sums));
    private static final Packing Q6_K =
            new Packing(Q6Blocks.COLUMNS, Q6Blocks.BYTES, Q6Blocks::decode, Q6Blocks::multiplyFour);

    /** Decodes {@code blocks} blocks at byte {@code from} to floats. */
    @FunctionalInterface
    interface Decoder {
        void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to);
    }

    /** As {@link Q6Blocks#multiplyFour}; {@code work} holds {@link Q6Blocks#WORK_BYTES}. */
    @FunctionalInterface
    interface FourRows {
        void run(long rows, long apart, int blocks, long x, long sums, long work);
    }

    /** That of {@code type}; empty when there is none, or this machine's vectors are too short. */
    static Optional<Packing> of(GgmlType type) {
        if (!Q8Blocks.hasVectors()) return Optional.empty();
        return switch (type) {
            case Q8_0 -> Optional.of(Q8_0);
            case Q4_0 -> Optional.of(Q4_0);
            case Q6_K -> Optional.of(Q6_K);
            default -> Optional.empty();
        };
    }
}
