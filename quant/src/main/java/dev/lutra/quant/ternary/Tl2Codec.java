package dev.lutra.quant.ternary;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.tile.TileConfig;
import dev.lutra.quant.tile.TileFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * TL2 of bitnet.cpp, three parts after one another, each tiled by {@code bm} rows and cut into bands of 32 rows:
 *
 * <ol>
 *   <li>index nibbles of {@link TripleCodes} for the first {@code k / bk * bk} columns, {@code bk} at a time: for every six
 *       columns one byte of each row of the band;
 *   <li>their signs: for every 24 columns 16 little-endian words, word i holding rows i and i + 16, bit {@code 15 - 2j} the
 *       sign of triple j of row i and the bit below it that of row i + 16;
 *   <li>{@link PairCodes} for the remaining columns, 32 at a time: for every four columns one byte of each row of the band.
 * </ol>
 *
 * <p>Bytes of a band follow the rows in the order 0…7, 16…23, 8…15, 24…31.
 */
public final class Tl2Codec implements TernaryCodec {
    private static final int BAND = 32;
    private static final int PAIR_COLUMNS = 32;
    private static final ValueLayout.OfShort WORD = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TileConfig tile;
    private final int tripleColumns;
    private final int pairColumns;

    /** @throws IllegalArgumentException when TL2 does not allow the tile */
    public Tl2Codec(TileConfig tile) {
        this.tile = TileFormat.TL2.check(tile);
        this.pairColumns = tile.k() % tile.bk();
        this.tripleColumns = tile.k() - pairColumns;
    }

    /** How the tensor is tiled. */
    public TileConfig tile() {
        return tile;
    }

    @Override
    public GgmlType type() {
        return GgmlType.TL2;
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
        return (long) tile.m() * tripleColumns * 5 / 24 + (long) tile.m() * pairColumns / 4;
    }

    /** The place of a row of a band among the band's bytes; its own inverse. */
    private static int lane(int row) {
        return switch (row / 8) {
            case 1 -> row + 8;
            case 2 -> row - 8;
            default -> row;
        };
    }

    /** Elements that precede, in one part of {@code columns}, the band at {@code row} and the block of columns at {@code column}. */
    private long elementsBefore(int row, int column, int columns, int blockColumns) {
        int tileRow = row / tile.bm(), inTile = row % tile.bm();
        return (long) tileRow * tile.bm() * columns + (long) tile.bm() * column + (long) inTile * blockColumns;
    }

    private long indexOffset(int row, int column) {
        return elementsBefore(row, column, tripleColumns, tile.bk()) / 6;
    }

    private long signOffset(int row, int column) {
        return (long) tile.m() * tripleColumns / 6 + elementsBefore(row, column, tripleColumns, tile.bk()) / 24;
    }

    private long pairOffset(int row, int column) {
        return (long) tile.m() * tripleColumns * 5 / 24
                + elementsBefore(row, column - tripleColumns, pairColumns, PAIR_COLUMNS) / 4;
    }

    @Override
    public void encodeRows(MemorySegment trits, int from, int to, MemorySegment out) {
        RowRange.check(this, from, to, trits, out);
        for (int band = from; band < to; band += BAND) {
            MemorySegment rows = trits.asSlice((long) (band - from) * tile.k(), (long) BAND * tile.k());
            encodeTriples(rows, band, out);
            encodePairs(rows, band, out);
        }
    }

    private void encodeTriples(MemorySegment rows, int band, MemorySegment out) {
        byte[] row = new byte[tile.bk()], indices = new byte[BAND * tile.bk() / 6];
        short[] signs = new short[16 * tile.bk() / 24];
        for (int column = 0; column < tripleColumns; column += tile.bk()) {
            Arrays.fill(signs, (short) 0);
            for (int r = 0; r < BAND; r++) {
                MemorySegment.copy(rows, ValueLayout.JAVA_BYTE, (long) r * tile.k() + column, row, 0, row.length);
                Trits.check(row, row.length, (long) (band + r) * tile.k() + column, tile.k());
                encodeTriples(row, r, indices, signs);
            }
            MemorySegment.copy(indices, 0, out, ValueLayout.JAVA_BYTE, indexOffset(band, column), indices.length);
            MemorySegment.copy(signs, 0, out, WORD, signOffset(band, column), signs.length);
        }
    }

    private static void encodeTriples(byte[] row, int r, byte[] indices, short[] signs) {
        int lane = lane(r), half = r / 16;
        for (int c = 0; c < row.length; c += 6) {
            int first = TripleCodes.value(row, c), second = TripleCodes.value(row, c + 3);
            indices[c / 6 * BAND + lane] = (byte) (Math.abs(first) << 4 | Math.abs(second));
            int pair = (first >>> 31) << 2 | second >>> 31;
            signs[c / 24 * 16 + r % 16] |= (short) (pair << 13 - half - c % 24 / 6 * 4);
        }
    }

    private void encodePairs(MemorySegment rows, int band, MemorySegment out) {
        byte[] row = new byte[PAIR_COLUMNS], codes = new byte[BAND * PAIR_COLUMNS / 4];
        for (int column = tripleColumns; column < tile.k(); column += PAIR_COLUMNS) {
            for (int r = 0; r < BAND; r++) {
                MemorySegment.copy(rows, ValueLayout.JAVA_BYTE, (long) r * tile.k() + column, row, 0, row.length);
                Trits.check(row, row.length, (long) (band + r) * tile.k() + column, tile.k());
                for (int c = 0; c < PAIR_COLUMNS; c += 4) codes[c / 4 * BAND + lane(r)] = PairCodes.encode(row, c);
            }
            MemorySegment.copy(codes, 0, out, ValueLayout.JAVA_BYTE, pairOffset(band, column), codes.length);
        }
    }

    @Override
    public void decodeRows(MemorySegment in, int from, int to, MemorySegment trits) {
        RowRange.check(this, from, to, trits, in);
        for (int band = from; band < to; band += BAND) {
            MemorySegment rows = trits.asSlice((long) (band - from) * tile.k(), (long) BAND * tile.k());
            decodeTriples(in, band, rows);
            decodePairs(in, band, rows);
        }
    }

    private void decodeTriples(MemorySegment in, int band, MemorySegment rows) {
        byte[] row = new byte[tile.bk() + TripleCodes.SLACK], indices = new byte[BAND * tile.bk() / 6];
        short[] signs = new short[16 * tile.bk() / 24];
        for (int column = 0; column < tripleColumns; column += tile.bk()) {
            MemorySegment.copy(in, ValueLayout.JAVA_BYTE, indexOffset(band, column), indices, 0, indices.length);
            MemorySegment.copy(in, WORD, signOffset(band, column), signs, 0, signs.length);
            for (int r = 0; r < BAND; r++) {
                if (decodeTriples(indices, signs, r, row) < 0) throw invalidTriple(indices, signs, band, r, column);
                MemorySegment.copy(row, 0, rows, ValueLayout.JAVA_BYTE, (long) r * tile.k() + column, tile.bk());
            }
        }
    }

    private static long decodeTriples(byte[] indices, short[] signs, int r, byte[] row) {
        int lane = lane(r), half = r / 16;
        long wrong = 0;
        for (int word = r % 16, at = lane, c = 0; word < signs.length; word += 16, at += 4 * BAND, c += 24) {
            int bits = signs[word] >>> 1 - half & 0x5555;
            wrong |= TripleCodes.decode(indices[at], bits >> 12, row, c);
            wrong |= TripleCodes.decode(indices[at + BAND], bits >> 8 & 5, row, c + 6);
            wrong |= TripleCodes.decode(indices[at + 2 * BAND], bits >> 4 & 5, row, c + 12);
            wrong |= TripleCodes.decode(indices[at + 3 * BAND], bits & 5, row, c + 18);
        }
        return wrong;
    }

    private void decodePairs(MemorySegment in, int band, MemorySegment rows) {
        byte[] row = new byte[PAIR_COLUMNS], codes = new byte[BAND * PAIR_COLUMNS / 4];
        for (int column = tripleColumns; column < tile.k(); column += PAIR_COLUMNS) {
            MemorySegment.copy(in, ValueLayout.JAVA_BYTE, pairOffset(band, column), codes, 0, codes.length);
            for (int r = 0; r < BAND; r++) {
                long wrong = 0;
                for (int c = 0; c < PAIR_COLUMNS; c += 4)
                    wrong |= PairCodes.decode(codes[c / 4 * BAND + lane(r)], row, c);
                if (wrong < 0) throw invalidPair(codes, band, r, column);
                MemorySegment.copy(row, 0, rows, ValueLayout.JAVA_BYTE, (long) r * tile.k() + column, PAIR_COLUMNS);
            }
        }
    }

    private InvalidCodeException invalidTriple(byte[] indices, short[] signs, int band, int r, int column) {
        int c = 0;
        while (TripleCodes.isValid(
                indices[c / 6 * BAND + lane(r)], signs[c / 24 * 16 + r % 16] >>> 13 - r / 16 - c % 24 / 6 * 4 & 5))
            c += 6;
        return new InvalidCodeException(
                indexOffset(band, column) + c / 6 * BAND + lane(r),
                "tl2 index above " + TripleCodes.LAST + " or sign on a zero at row " + (band + r) + ", columns "
                        + (column + c) + " to " + (column + c + 5));
    }

    private InvalidCodeException invalidPair(byte[] codes, int band, int r, int column) {
        int c = 0;
        while (PairCodes.isValid(codes[c / 4 * BAND + lane(r)])) c += 4;
        return new InvalidCodeException(
                pairOffset(band, column) + c / 4 * BAND + lane(r),
                "tl2 pair code above " + PairCodes.LAST + " at row " + (band + r) + ", columns " + (column + c) + " to "
                        + (column + c + 3));
    }
}
