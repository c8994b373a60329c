package dev.lutra.kernels.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.product.Q4Blocks;
import dev.lutra.kernels.product.Q6Blocks;
import dev.lutra.kernels.product.Q8Blocks;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The formats that the Vector API reads. */
enum Packing {
    Q8_0(32, Q8Blocks.BYTES) {
        @Override
        void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
            Q8Blocks.decode(w, from, blocks, out, to);
        }

        @Override
        void multiplyFour(
                MemorySegment w,
                long p,
                long apart,
                int blocks,
                MemorySegment x,
                long xAt,
                MemorySegment out,
                long at) {
            Q8Blocks.multiplyFour(w, p, apart, blocks, x, xAt, out, at);
        }
    },
    Q4_0(32, Q4Blocks.BYTES) {
        @Override
        void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
            Q4Blocks.decode(w, from, blocks, out, to);
        }

        @Override
        void multiplyFour(
                MemorySegment w,
                long p,
                long apart,
                int blocks,
                MemorySegment x,
                long xAt,
                MemorySegment out,
                long at) {
            Q4Blocks.multiplyFour(w, p, apart, blocks, x, xAt, out, at);
        }
    },
    Q6_K(Q6Blocks.COLUMNS, Q6Blocks.BYTES) {
        @Override
        void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to) {
            Q6Blocks.decode(w, from, blocks, out, to);
        }
    };

    private final int columns;
    private final int bytes;

    Packing(int columns, int bytes) {
        this.columns = columns;
        this.bytes = bytes;
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

    /** Columns of a block. */
    int columns() {
        return columns;
    }

    /** Bytes of a block. */
    int bytes() {
        return bytes;
    }

    /** Decodes {@code blocks} blocks at byte {@code from} to floats. */
    abstract void decode(MemorySegment w, long from, int blocks, MemorySegment out, long to);

    /** Whether {@link #multiplyFour} is there: decoding a format first may cost no more. */
    boolean multiplies() {
        return this != Q6_K;
    }

    /** As {@link Q8Blocks#multiplyFour}. */
    void multiplyFour(
            MemorySegment w, long p, long apart, int blocks, MemorySegment x, long xAt, MemorySegment out, long at) {
        throw new IllegalStateException(this + " is decoded first");
    }
}
