package dev.lutra.gguf.safetensors;

import java.util.Arrays;
import java.util.Optional;

/** Element types of safetensors files, under the names that the headers use. Source: safetensors' tensor.rs. */
public enum Dtype {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private final int bits;

    Dtype(int bits) {
        this.bits = bits;
    }

    public int bits() {
        return bits;
    }

    /**
     * Bytes of {@code elements} elements.
     *
     * @throws ArithmeticException when they are no whole number of bytes, or more than 2^63
     */
    public long byteSize(long elements) {
        if (bits >= 8) return Math.multiplyExact(elements, bits / 8);
        long total = Math.multiplyExact(elements, bits);
        if (total % 8 != 0)
            throw new ArithmeticException(elements + " elements of " + bits + " bits end inside a byte");
        return total / 8;
    }

    public static Optional<Dtype> byName(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
