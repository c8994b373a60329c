package dev.lutra.quant.block;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.RowCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Walks a row block by block; subclasses know one block. */
abstract class BlockCodec implements RowCodec {
    private final GgmlType type;

    BlockCodec(GgmlType type) {
        this.type = type;
    }

    @Override
    public final GgmlType type() {
        return type;
    }

    /** An encoder without importance for a row of {@code columns} weights. */
    abstract BlockEncoder plainEncoder(int columns);

    /**
     * An encoder under an importance matrix for the {@code columns} weights of {@code row} from {@code from} on. Formats that
     * have no use for one encode as without.
     */
    BlockEncoder weightedEncoder(float[] row, int from, int columns) {
        return plainEncoder(columns);
    }

    /**
     * Decodes {@code block} into {@code row} from {@code to} on.
     *
     * @param codes scratch, one byte for each weight of the block
     */
    abstract void decodeBlock(byte[] block, byte[] codes, float[] row, int to);

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException for a weight that is no finite number, or a block whose scale exceeds float16: the
     *     format cannot hold them, and ggml would write infinities that its own loader refuses
     */
    @Override
    public final void encode(
            float[] row, int from, int columns, float @Nullable [] importance, MemorySegment out, long at) {
        requireWholeBlocks(columns);
        requireFinite(row, from, columns);
        if (importance != null && importance.length < columns)
            throw new IllegalArgumentException(
                    "importance of " + importance.length + " columns for a row of " + columns);
        BlockEncoder encoder = importance == null ? plainEncoder(columns) : weightedEncoder(row, from, columns);
        byte[] block = new byte[type.blockBytes()];
        for (int column = 0; column < columns; column += type.blockLength(), at += block.length) {
            encoder.encode(row, from + column, importance, column, block);
            MemorySegment.copy(block, 0, out, ValueLayout.JAVA_BYTE, at, block.length);
        }
    }

    @Override
    public final void decode(MemorySegment in, long at, float[] row, int to, int columns) {
        requireWholeBlocks(columns);
        Objects.checkFromIndexSize(to, columns, row.length);
        byte[] block = new byte[type.blockBytes()];
        byte[] codes = new byte[type.blockLength()];
        for (int column = 0; column < columns; column += type.blockLength(), at += block.length) {
            MemorySegment.copy(in, ValueLayout.JAVA_BYTE, at, block, 0, block.length);
            decodeBlock(block, codes, row, to + column);
        }
    }

    private void requireWholeBlocks(int columns) {
        if (columns < 0 || columns % type.blockLength() != 0)
            throw new IllegalArgumentException("rows of " + columns + " elements are not a multiple of " + type.label()
                    + "'s block of " + type.blockLength());
    }

    private void requireFinite(float[] row, int from, int columns) {
        Objects.checkFromIndexSize(from, columns, row.length);
        for (int i = 0; i < columns; i++)
            if (!Float.isFinite(row[from + i]))
                throw new IllegalArgumentException(
                        "weight in column " + i + " is " + row[from + i] + ", which " + type.label() + " cannot hold");
    }

    @Override
    public String toString() {
        return type.label();
    }
}
