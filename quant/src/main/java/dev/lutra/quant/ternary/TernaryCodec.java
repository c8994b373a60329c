package dev.lutra.quant.ternary;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.InvalidCodeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A format that codes all trits of a tensor and then one float32 scale: I2_S, TL1 or TL2 for one shape. Rows are coded in
 * steps of {@link #rowStep}; different ranges may be coded by different threads. Implementations are stateless.
 *
 * <p>A tensor is {@code codes, zeros up to a multiple of 32, scale, 28 zeros}: {@link #byteSize} bytes, as GGUF files of
 * bitnet.cpp hold them.
 */
public sealed interface TernaryCodec permits I2sCodec, Tl1Codec, Tl2Codec {
    /** The tensor type whose bytes this codec reads and writes. */
    GgmlType type();

    int rows();

    int columns();

    /** Row ranges begin at a multiple of this, and end at one or at {@link #rows}. */
    int rowStep();

    /** Bytes of codes at the start of the tensor; padding follows. */
    long codeBytes();

    /** Bytes of the whole tensor, scale field included. */
    default long byteSize() {
        return type().byteSize(columns(), rows()).orElseThrow();
    }

    /**
     * Writes the codes of rows {@code from} to {@code to}.
     *
     * @param trits those rows only: {@code [to - from][columns]} signed bytes -1, 0, 1
     * @param out the whole tensor, {@link #byteSize} bytes
     * @throws IllegalArgumentException when a byte is no trit
     */
    void encodeRows(MemorySegment trits, int from, int to, MemorySegment out);

    /**
     * Reads the codes of rows {@code from} to {@code to}.
     *
     * @param in the whole tensor, {@link #byteSize} bytes
     * @param trits receives those rows only: {@code [to - from][columns]} signed bytes
     * @throws InvalidCodeException at a code that stands for no trits
     */
    void decodeRows(MemorySegment in, int from, int to, MemorySegment trits);

    /** Writes everything after the codes: padding and scale. */
    default void encodeScale(float scale, MemorySegment out) {
        out.asSlice(codeBytes(), byteSize() - codeBytes()).fill((byte) 0);
        out.set(SCALE_LAYOUT, byteSize() - GgmlType.SCALE_FIELD_BYTES, scale);
    }

    /**
     * Reads the tensor's scale.
     *
     * @throws InvalidCodeException when it is not finite
     */
    default float decodeScale(MemorySegment in) {
        long at = byteSize() - GgmlType.SCALE_FIELD_BYTES;
        float scale = in.get(SCALE_LAYOUT, at);
        if (!Float.isFinite(scale)) throw new InvalidCodeException(at, type() + " scale is " + scale);
        return scale;
    }

    /** Writes the whole tensor into {@code out}, {@link #byteSize} bytes. */
    default void encode(TernaryMatrix matrix, MemorySegment out) {
        if (matrix.rows() != rows() || matrix.columns() != columns())
            throw new IllegalArgumentException("a matrix of " + matrix.rows() + " x " + matrix.columns()
                    + " for a codec of " + rows() + " x " + columns());
        encodeRows(matrix.trits(), 0, rows(), out);
        encodeScale(matrix.scale(), out);
    }

    /** Reads the whole tensor; the trits live in {@code arena}. */
    default TernaryMatrix decode(MemorySegment in, Arena arena) {
        MemorySegment trits = arena.allocate((long) rows() * columns(), Long.BYTES);
        decodeRows(in, 0, rows(), trits);
        return new TernaryMatrix(rows(), columns(), trits, decodeScale(in));
    }

    /** How the scale is stored, at no particular alignment. */
    ValueLayout.OfFloat SCALE_LAYOUT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
}
