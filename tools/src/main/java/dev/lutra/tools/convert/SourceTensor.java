package dev.lutra.tools.convert;

import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.ternary.TernarySource;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A tensor as it comes in, readable by ranges of rows from many threads. */
public interface SourceTensor {
    /** GGUF name. */
    String name();

    TensorKind kind();

    /** Element counts, ne0 (a row's) first. */
    List<Long> dimensions();

    /** Elements of a row. */
    default int columns() {
        return Math.toIntExact(dimensions().getFirst());
    }

    /** Rows of all matrices together. */
    default int rows() {
        long rows = 1;
        for (long dimension : dimensions().subList(1, dimensions().size())) rows = Math.multiplyExact(rows, dimension);
        return Math.toIntExact(rows);
    }

    /** Whether several matrices (experts) lie behind one another. */
    default boolean isStacked() {
        return dimensions().size() > 2;
    }

    /** Rows {@code [from, from + count)} as floats, into {@code into} from 0 on. */
    void readRows(int from, int count, float[] into);

    /** The trits, when the tensor is stored as such. */
    Optional<TernarySource> ternary();

    /** The stored bytes, when they are those of {@code wanted} already. */
    Optional<MemorySegment> bytesOf(TensorType wanted);

    /** The format in which the tensor is stored, when it is one of GGUF's. */
    default Optional<TensorType> storedType() {
        return Optional.empty();
    }

    /** The way to {@code target} on which every weight stays what it is, where the stored format has one. */
    default Optional<DigitExchange> exchange(TensorType target) {
        return Optional.empty();
    }

    /**
     * How far the tensor is from the weights that it was quantized from, {@code |w - w'| / |w|}; empty for weights as they are.
     */
    default OptionalDouble relativeError() {
        return OptionalDouble.empty();
    }

    /** Why the tensor should not become {@code target}, in words that follow its name; empty when nothing is against it. */
    default Optional<String> refusal(TensorType target) {
        return Optional.empty();
    }

    /** Bytes that reading the tensor takes from the disk: what progress counts. */
    long storedBytes();
}
