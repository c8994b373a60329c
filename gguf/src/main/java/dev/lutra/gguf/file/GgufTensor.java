package dev.lutra.gguf.file;

import dev.lutra.gguf.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * One tensor of a GGUF file.
 *
 * @param name unique in the model
 * @param dimensions element counts, ne0 (the contiguous one) first: a Hugging Face shape reversed
 * @param type what the stored type id means in this file
 * @param evidence why the id was taken to mean {@code type}
 * @param file the shard that holds the data
 * @param offset bytes from the start of {@code file} to the data
 * @param data the stored bytes, mapped read-only; for an unknown type all bytes up to the next tensor
 */
public record GgufTensor(
        String name,
        List<Long> dimensions,
        TensorType type,
        TypeEvidence evidence,
        Path file,
        long offset,
        MemorySegment data) {

    public GgufTensor {
        dimensions = List.copyOf(dimensions);
    }

    /** Elements of a row, ne0. */
    public long columns() {
        return dimensions.isEmpty() ? 1 : dimensions.getFirst();
    }

    /** Number of rows: the product of all dimensions but the first. */
    public long rows() {
        long rows = 1;
        for (int i = 1; i < dimensions.size(); i++) rows *= dimensions.get(i);
        return rows;
    }

    public long elements() {
        return columns() * rows();
    }

    /** Bytes of {@link #data}. */
    public long byteSize() {
        return data.byteSize();
    }

    @Override
    public String toString() {
        return name + " " + type.label() + " " + dimensions;
    }
}
