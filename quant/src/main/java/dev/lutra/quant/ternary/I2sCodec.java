package dev.lutra.quant.ternary;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.InvalidCodeException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * I2_S of bitnet.cpp: two bits per trit, {@code trit + 1}. The row-major tensor is cut into blocks; byte j of a block of n holds
 * trits j, j + n/4, j + n/2 and j + 3n/4 from the top bits down.
 */
public final class I2sCodec implements TernaryCodec {
    /** Bytes copied to the heap at a time, a multiple of either layout's block bytes. */
    private static final int WINDOW = 4096;

    private final int rows;
    private final int columns;
    private final I2sLayout layout;
    private final int rowStep;

    /** The codec of the canonical layout. */
    public I2sCodec(int rows, int columns) {
        this(rows, columns, I2sLayout.X86);
    }

    /** @throws IllegalArgumentException when the tensor is no whole number of blocks */
    public I2sCodec(int rows, int columns, I2sLayout layout) {
        int block = layout.block();
        if (rows < 1 || columns < 1 || (long) rows * columns % block != 0)
            throw new IllegalArgumentException(
                    "i2_s needs a multiple of " + block + " weights, " + rows + " x " + columns + " is none");
        this.rows = rows;
        this.columns = columns;
        this.layout = layout;
        this.rowStep = block / Math.min(block, Integer.lowestOneBit(columns));
    }

    @Override
    public GgmlType type() {
        return GgmlType.I2_S;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int rowStep() {
        return rowStep;
    }

    @Override
    public long codeBytes() {
        return (long) rows * columns / 4;
    }

    @Override
    public void encodeRows(MemorySegment trits, int from, int to, MemorySegment out) {
        RowRange.check(this, from, to, trits, out);
        byte[] plain = new byte[4 * WINDOW], coded = new byte[WINDOW];
        long total = (long) (to - from) * columns, start = (long) from * columns / 4;
        for (long at = 0; at < total; at += plain.length) {
            int count = (int) Math.min(plain.length, total - at);
            MemorySegment.copy(trits, ValueLayout.JAVA_BYTE, at, plain, 0, count);
            Trits.check(plain, count, (long) from * columns + at, columns);
            encode(plain, count, coded);
            MemorySegment.copy(coded, 0, out, ValueLayout.JAVA_BYTE, start + at / 4, count / 4);
        }
    }

    private void encode(byte[] plain, int count, byte[] coded) {
        int block = layout.block(), quarter = block / 4;
        for (int at = 0; at < count; at += block) {
            int to = at / 4;
            for (int j = 0; j < quarter; j++) {
                int first = plain[at + j] + 1, second = plain[at + quarter + j] + 1;
                int third = plain[at + 2 * quarter + j] + 1, fourth = plain[at + 3 * quarter + j] + 1;
                coded[to + j] = (byte) (first << 6 | second << 4 | third << 2 | fourth);
            }
        }
    }

    @Override
    public void decodeRows(MemorySegment in, int from, int to, MemorySegment trits) {
        RowRange.check(this, from, to, trits, in);
        byte[] plain = new byte[4 * WINDOW], coded = new byte[WINDOW];
        long total = (long) (to - from) * columns, start = (long) from * columns / 4;
        for (long at = 0; at < total; at += plain.length) {
            int count = (int) Math.min(plain.length, total - at);
            MemorySegment.copy(in, ValueLayout.JAVA_BYTE, start + at / 4, coded, 0, count / 4);
            check(coded, count / 4, start + at / 4);
            decode(coded, count, plain);
            MemorySegment.copy(plain, 0, trits, ValueLayout.JAVA_BYTE, at, count);
        }
    }

    private void decode(byte[] coded, int count, byte[] plain) {
        int block = layout.block(), quarter = block / 4;
        for (int at = 0; at < count; at += block) {
            int from = at / 4;
            for (int j = 0; j < quarter; j++) {
                int codes = coded[from + j];
                plain[at + j] = (byte) ((codes >> 6 & 3) - 1);
                plain[at + quarter + j] = (byte) ((codes >> 4 & 3) - 1);
                plain[at + 2 * quarter + j] = (byte) ((codes >> 2 & 3) - 1);
                plain[at + 3 * quarter + j] = (byte) ((codes & 3) - 1);
            }
        }
    }

    private void check(byte[] coded, int count, long offset) {
        int threes = 0;
        for (int i = 0; i < count; i++) threes |= coded[i] & coded[i] >> 1 & 0x55;
        if (threes == 0) return;
        for (int i = 0; i < count; i++) {
            int both = coded[i] & coded[i] >> 1 & 0x55;
            if (both != 0) throw invalid(offset + i, both);
        }
    }

    private InvalidCodeException invalid(long offset, int both) {
        int bytes = layout.block() / 4;
        int quarterIndex = (6 - 31 + Integer.numberOfLeadingZeros(both)) / 2;
        long element = offset / bytes * layout.block() + quarterIndex * (long) bytes + offset % bytes;
        return new InvalidCodeException(
                offset, "i2_s code 3 at row " + element / columns + ", column " + element % columns);
    }
}
