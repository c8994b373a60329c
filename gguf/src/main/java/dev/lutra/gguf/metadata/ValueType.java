package dev.lutra.gguf.metadata;

import java.util.Locale;
import java.util.Optional;

/** The value types of GGUF metadata, in the order of their ids. Source: ggml's docs/gguf.md, gguf_metadata_value_type. */
public enum ValueType {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    U64(8),
    I64(8),
    F64(8);

    private static final ValueType[] BY_ID = values();

    private final int bytes;

    ValueType(int bytes) {
        this.bytes = bytes;
    }

    /** The number stored in files. */
    public int id() {
        return ordinal();
    }

    /** Bytes of one value; 0 for strings and arrays, which carry their own length. */
    public int bytes() {
        return bytes;
    }

    /** Fewest bytes that one value can take as an element of an array. */
    public int minimumBytes() {
        return switch (this) {
            case STRING -> 8;
            case ARRAY -> 12;
            default -> bytes;
        };
    }

    public boolean isInteger() {
        return switch (this) {
            case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
            case F32, F64, BOOL, STRING, ARRAY -> false;
        };
    }

    public static Optional<ValueType> byId(int id) {
        return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[id]) : Optional.empty();
    }

    /** The name that users read and write: {@code u32}, {@code string}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
