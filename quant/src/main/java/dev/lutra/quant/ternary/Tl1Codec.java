package dev.lutra.quant.ternary;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.tile.TileConfig;
import dev.lutra.quant.tile.TileFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * TL1 of bitnet.cpp: {@link PairCodes} in tiles of {@code bm} x {@code bk}, a tile cut into bands of {@code bmm} rows. Within a
 * band come steps of {@code 256 / bmm} columns, within a step groups of 16 rows, within a group one byte of each row for every
 * four columns.
 */
public final class Tl1Codec implements TernaryCodec {
    private final TileConfig tile;
    private final int stepColumns;

    /** @throws IllegalArgumentException when TL1 does not allow the tile */
    public Tl1Codec(TileConfig tile) {
        this.tile = TileFormat.TL1.check(tile);
        this.stepColumns = 256 / tile.bmm();
    }

    @Override
    public GgmlType type() {
        return GgmlType.TL1;
    }

    @Override
    public int rows() {
        return tile.m();
    }

    @Override
    public int columns() {
        return tile.k();
    }

    @Override
    public int rowStep() {
        return tile.bm();
    }

    @Override
    public long codeBytes() {
        return (long) tile.m() * tile.k() / 4;
    }

    /** Where byte {@code column / 4} of a row lies in its band, {@code row} counted from the band's first. */
    private int offset(int row, int column) {
        int step = column / stepColumns, quad = column % stepColumns / 4;
        int group = step * (tile.bmm() / 16) + row / 16;
        return (group * (stepColumns / 4) + quad) * 16 + row % 16;
    }

    private int bandBytes() {
        return tile.bmm() * tile.bk() / 4;
    }

    /** Where the band of {@code bmm} rows from {@code row} and {@code bk} columns from {@code column} lies. */
    private long bandOffset(int row, int column) {
        int tileRow = row / tile.bm(), band = row % tile.bm() / tile.bmm();
        long before = (long) tileRow * tile.bm() * tile.k() / 4 + (long) tile.bm() * column / 4;
        return before + (long) band * bandBytes();
    }

    @Override
    public void encodeRows(MemorySegment trits, int from, int to, MemorySegment out) {
        RowRange.check(this, from, to, trits, out);
        byte[] codes = new byte[bandBytes()], row = new byte[tile.bk()];
        for (int band = from; band < to; band += tile.bmm()) {
            for (int column = 0; column < tile.k(); column += tile.bk()) {
                for (int r = 0; r < tile.bmm(); r++) {
                    long at = (long) (band - from + r) * tile.k() + column;
                    MemorySegment.copy(trits, ValueLayout.JAVA_BYTE, at, row, 0, row.length);
                    Trits.check(row, row.length, (long) (band + r) * tile.k() + column, tile.k());
                    for (int c = 0; c < row.length; c += 4) codes[offset(r, c)] = PairCodes.encode(row, c);
                }
                MemorySegment.copy(codes, 0, out, ValueLayout.JAVA_BYTE, bandOffset(band, column), codes.length);
            }
        }
    }

    @Override
    public void decodeRows(MemorySegment in, int from, int to, MemorySegment trits) {
        RowRange.check(this, from, to, trits, in);
        byte[] codes = new byte[bandBytes()], row = new byte[tile.bk()];
        for (int band = from; band < to; band += tile.bmm()) {
            for (int column = 0; column < tile.k(); column += tile.bk()) {
                MemorySegment.copy(in, ValueLayout.JAVA_BYTE, bandOffset(band, column), codes, 0, codes.length);
                for (int r = 0; r < tile.bmm(); r++) {
                    if (decodeRow(codes, r, row) < 0) throw invalid(codes, band, r, column);
                    long at = (long) (band - from + r) * tile.k() + column;
                    MemorySegment.copy(row, 0, trits, ValueLayout.JAVA_BYTE, at, row.length);
                }
            }
        }
    }

    private long decodeRow(byte[] codes, int r, byte[] row) {
        int stepBytes = 4 * tile.bmm() * stepColumns / 16, inStep = offset(r, 0);
        long wrong = 0;
        for (int c = 0; c < row.length; c += stepColumns, inStep += stepBytes)
            for (int quad = 0; quad < stepColumns / 4; quad++)
                wrong |= PairCodes.decode(codes[inStep + 16 * quad], row, c + 4 * quad);
        return wrong;
    }

    private InvalidCodeException invalid(byte[] codes, int band, int r, int column) {
        int c = 0;
        while (PairCodes.isValid(codes[offset(r, c)])) c += 4;
        return new InvalidCodeException(
                bandOffset(band, column) + offset(r, c),
                "tl1 code above " + PairCodes.LAST + " at row " + (band + r) + ", columns " + (column + c) + " to "
                        + (column + c + 3));
    }
}
