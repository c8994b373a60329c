package dev.lutra.gguf.type;

import java.util.OptionalLong;

/** The element type of a tensor in a file: one of ggml's, one of ours, or an id that nobody here knows. */
public sealed interface TensorType permits GgmlType, DigitType, RuntimeType, UnknownType {
    /** The number stored in the file, as ggml's uint32 is read into an int. */
    int id();

    /** The name that users write and read, in ggml's spelling: {@code q4_K}, {@code tl2}, {@code tl2x2}. */
    String label();

    /**
     * Bytes of a tensor of {@code rows} rows with {@code columns} elements each, its own tail padding included.
     *
     * @return empty when the size cannot be known (an unknown id)
     * @throws IllegalArgumentException when a row is no whole number of blocks, or the size overflows 63 bits
     */
    OptionalLong byteSize(long columns, long rows);

    /** Elements that share a block: {@code columns} must be a multiple of it. 1 for types without blocks. */
    int blockLength();
}
