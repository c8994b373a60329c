package dev.lutra.kernels.attention;

import dev.lutra.gguf.type.GgmlType;

/** How the cache stores a number. */
public enum CacheType {
    /** Float32, exact. */
    F32(GgmlType.F32),
    /** Float16, the usual choice. */
    F16(GgmlType.F16),
    /** Blocks of 32 int8 behind a float16 scale, as ggml's Q8_0: half the memory of F16. */
    Q8_0(GgmlType.Q8_0);

    private final GgmlType type;

    CacheType(GgmlType type) {
        this.type = type;
    }

    /** The same format as a type of tensors. */
    GgmlType type() {
        return type;
    }

    /** Bytes of one head's key or value. */
    public int bytes(int headLength) {
        if (headLength % type.blockLength() != 0)
            throw new IllegalArgumentException(
                    "heads of " + headLength + " are no whole number of " + this + " blocks");
        return Math.toIntExact(type.byteSize(headLength, 1).orElseThrow());
    }
}
