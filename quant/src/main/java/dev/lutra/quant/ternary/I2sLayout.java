package dev.lutra.quant.ternary;

/** The two orders of I2_S that exist in files. Nothing in a file tells them apart; all published ones are {@link #X86}. */
public enum I2sLayout {
    /** Blocks of 128 trits in 32 bytes: the canonical order, the only one that is written. */
    X86(128),
    /** Blocks of 64 trits in 16 bytes: what bitnet.cpp built for ARM reads and quantizes since 2025-11. */
    ARM64(64);

    private final int block;

    I2sLayout(int block) {
        this.block = block;
    }

    /** Consecutive trits that are coded together; a byte holds four that lie a quarter of this apart. */
    int block() {
        return block;
    }
}
