package dev.lutra.kernels.attention;

/** How the cache stores a number. */
public enum CacheType {
    /** Float32, exact. */
    F32(1, 4),
    /** Float16, the usual choice. */
    F16(1, 2),
    /** Blocks of 32 int8 behind a float16 scale, as ggml's Q8_0: half the memory of F16. */
    Q8_0(32, 34);

    private final int blockLength;
    private final int blockBytes;

    CacheType(int blockLength, int blockBytes) {
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
    }

    /** Bytes of one head's key or value. */
    public int bytes(int headLength) {
        if (headLength % blockLength != 0)
            throw new IllegalArgumentException(
                    "heads of " + headLength + " are no whole number of " + this + " blocks");
        return headLength / blockLength * blockBytes;
    }
}
