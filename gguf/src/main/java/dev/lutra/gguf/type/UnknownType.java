package dev.lutra.gguf.type;

import java.util.OptionalLong;

/** A type id that no dialect known here defines. The tensor can be listed and copied, not decoded. */
public record UnknownType(int id) implements TensorType {
    @Override
    public String label() {
        return "unknown(" + Integer.toUnsignedString(id) + ")";
    }

    @Override
    public OptionalLong byteSize(long columns, long rows) {
        return OptionalLong.empty();
    }

    @Override
    public int blockLength() {
        return 1;
    }
}
