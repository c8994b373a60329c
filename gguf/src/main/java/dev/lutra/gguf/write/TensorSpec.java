package dev.lutra.gguf.write;

import dev.lutra.gguf.file.GgufFormat;
import dev.lutra.gguf.file.GgufTensor;
import dev.lutra.gguf.type.TensorType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor that is to be written.
 *
 * @param dimensions one to four element counts, ne0 (the contiguous one) first: a Hugging Face shape reversed
 * @param byteSize bytes of its data, without padding between tensors
 */
public record TensorSpec(String name, TensorType type, List<Long> dimensions, long byteSize) {
    /** llama.cpp keeps names in 64 bytes, the last of which is a zero. */
    private static final int LONGEST_NAME = GgufFormat.LONGEST_NAME - 1;

    public TensorSpec {
        dimensions = List.copyOf(dimensions);
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > LONGEST_NAME || name.indexOf(0) >= 0)
            throw new IllegalArgumentException(
                    "tensor name '" + name + "' has " + bytes + " bytes; llama.cpp takes 1 to " + LONGEST_NAME);
        if (dimensions.isEmpty() || dimensions.size() > GgufFormat.MAX_DIMENSIONS)
            throw new IllegalArgumentException("tensor " + name + " has " + dimensions.size() + " dimensions; 1 to "
                    + GgufFormat.MAX_DIMENSIONS + " are possible");
        for (long dimension : dimensions)
            if (dimension < 1) throw new IllegalArgumentException("tensor " + name + " has the shape " + dimensions);
        if (byteSize < 1) throw new IllegalArgumentException("tensor " + name + " has " + byteSize + " bytes");
    }

    /**
     * A tensor whose size follows from its type.
     *
     * @throws IllegalArgumentException when the type cannot have this shape, or its size is unknown
     */
    public static TensorSpec of(String name, TensorType type, long... dimensions) {
        return of(name, type, Arrays.stream(dimensions).boxed().toList());
    }

    /** As {@link #of(String, TensorType, long...)}. */
    public static TensorSpec of(String name, TensorType type, List<Long> dimensions) {
        try {
            long columns = dimensions.isEmpty() ? 1 : dimensions.getFirst();
            long rows = dimensions.stream().skip(1).reduce(1L, Math::multiplyExact);
            long byteSize = type.byteSize(columns, rows)
                    .orElseThrow(
                            () -> new IllegalArgumentException("the size of type " + type.label() + " is unknown"));
            return new TensorSpec(name, type, dimensions, byteSize);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException("tensor " + name + ": " + e.getMessage(), e);
        }
    }

    /** The specification of a tensor that is to be copied as it is, its type known or not. */
    public static TensorSpec copyOf(GgufTensor tensor) {
        List<Long> dimensions = tensor.dimensions().isEmpty() ? List.of(1L) : tensor.dimensions();
        return new TensorSpec(tensor.name(), tensor.type(), dimensions, tensor.byteSize());
    }
}
