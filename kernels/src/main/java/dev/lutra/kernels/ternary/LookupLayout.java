package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Trits as indices into tables of 27 partial sums, laid out so that a vector lane is a row.
 *
 * <p>A word of 16 bits holds three 5-bit indices, first in the lowest bits; an index is {@code 9a + 3b + c + 13} for three
 * trits of consecutive columns. Words: {@code [panel][segment][tile][digit][step][128]}; a panel is what one thread of the team
 * that the layout was made for multiplies of one token: where two threads' rows alternate, each has fetched ahead what the other
 * needs. The 128 rows of a tile are four vectors of
 * 32; in a vector lane 2i is row i and lane 2i + 1 is row 16 + i, so that widening even and odd lanes gives rows in order.
 * Rows behind the last are zeros.
 *
 * <p>Group scales, where there are any: {@code [panel][segment][tile][128]} bytes. The 128 rows are eight int vectors of 16 (rows
 * 16e to 16e + 15); byte b of lane l of 32-bit word vector j belongs to row 16 (4j + b) + l.
 *
 * @param panels how many panels; tiles are shared out among them as {@link Share} does
 * @param words the indices
 * @param groupScales the scales, or null when all are 1
 */
record LookupLayout(
        Segments segments,
        int rows,
        int digits,
        int panels,
        MemorySegment words,
        @Nullable MemorySegment groupScales) {
    /** Rows of a tile: four vectors of 32 lanes, as many accumulators as C2 keeps in registers beside three tables. */
    static final int TILE = 128;

    /** Bytes of one step of one digit of a tile. */
    static final int STEP_BYTES = TILE * Short.BYTES;

    private static final int ZEROS = 13 | 13 << 5 | 13 << 10;

    static LookupLayout of(StackedRows source, Arena arena, Team team) {
        Segments segments = new Segments(source.columns(), source.group());
        int tiles = Math.ceilDiv(source.rows(), TILE), digits = source.digits();
        MemorySegment words =
                arena.allocate((long) segments.steps() * tiles * digits * STEP_BYTES, FloatMatrix.ALIGNMENT);
        MemorySegment scales = source.hasGroupScales()
                ? arena.allocate((long) segments.count() * tiles * TILE, FloatMatrix.ALIGNMENT)
                : null;
        LookupLayout layout = new LookupLayout(segments, source.rows(), digits, team.size(), words, scales);
        team.run((worker, workers) -> {
            Share share = Share.of(tiles * TILE, TILE, worker, workers);
            byte[] row = new byte[source.columns()];
            for (int r = share.from(); r < share.to(); r++) layout.pack(source, r, row);
        });
        return layout;
    }

    int tiles() {
        return Math.ceilDiv(rows, TILE);
    }

    /** Where the words of {@code tile} in {@code segment} begin. */
    long wordsOffset(int segment, int tile) {
        Share panel = panel(tile);
        long before = (long) segments.steps() * panel.from() + (long) segments.stepFrom(segment) * panel.size();
        return (before + (long) (tile - panel.from()) * segments.steps(segment)) * digits * STEP_BYTES;
    }

    /** Where the group scales of {@code tile} in {@code segment} begin. */
    long scalesOffset(int segment, int tile) {
        Share panel = panel(tile);
        return ((long) segments.count() * panel.from() + (long) segment * panel.size() + tile - panel.from()) * TILE;
    }

    /** The tiles of the panel that {@code tile} belongs to. */
    private Share panel(int tile) {
        int tiles = tiles();
        return Share.of(tiles, 1, (int) (((tile + 1L) * panels - 1) / tiles), panels);
    }

    private void pack(StackedRows source, int row, byte[] trits) {
        if (row >= rows) {
            fillWithZeros(row);
            return;
        }
        DigitMatrix part = source.part(row);
        int rowInPart = source.rowInPart(row);
        for (int digit = 0; digit < digits; digit++) {
            MemorySegment.copy(part.planes(), JAVA_BYTE, part.offset(digit, rowInPart, 0), trits, 0, trits.length);
            for (int segment = 0; segment < segments.count(); segment++) packSegment(trits, row, digit, segment);
        }
        if (groupScales == null) return;
        for (int segment = 0; segment < segments.count(); segment++)
            setScale(row, segment, part.groupScale(rowInPart, segments.group(segment)), part, rowInPart);
    }

    private void packSegment(byte[] trits, int row, int digit, int segment) {
        int from = segments.columnFrom(segment), columns = segments.columns(segment), whole = columns / Segments.STEP;
        long at = lane(row, digit, segment);
        for (int step = 0; step < whole; step++, at += STEP_BYTES) {
            int k = from + step * Segments.STEP;
            int word = triple(trits[k], trits[k + 1], trits[k + 2])
                    | triple(trits[k + 3], trits[k + 4], trits[k + 5]) << 5
                    | triple(trits[k + 6], trits[k + 7], trits[k + 8]) << 10;
            words.set(JAVA_SHORT, at, (short) word);
        }
        if (whole < segments.steps(segment)) {
            byte[] rest = new byte[Segments.STEP];
            System.arraycopy(trits, from + whole * Segments.STEP, rest, 0, columns - whole * Segments.STEP);
            int word = triple(rest[0], rest[1], rest[2])
                    | triple(rest[3], rest[4], rest[5]) << 5
                    | triple(rest[6], rest[7], rest[8]) << 10;
            words.set(JAVA_SHORT, at, (short) word);
        }
    }

    private static int triple(byte a, byte b, byte c) {
        return 9 * a + 3 * b + c + 13;
    }

    private void fillWithZeros(int row) {
        for (int digit = 0; digit < digits; digit++)
            for (int segment = 0; segment < segments.count(); segment++) {
                long at = lane(row, digit, segment);
                for (int step = 0; step < segments.steps(segment); step++, at += STEP_BYTES)
                    words.set(JAVA_SHORT, at, (short) ZEROS);
            }
    }

    private long lane(int row, int digit, int segment) {
        int inTile = row % TILE, inVector = inTile % 32;
        int lane = inTile - inVector + (inVector < 16 ? 2 * inVector : 2 * (inVector - 16) + 1);
        return wordsOffset(segment, row / TILE)
                + (long) digit * segments.steps(segment) * STEP_BYTES
                + (long) lane * Short.BYTES;
    }

    private void setScale(int row, int segment, int scale, DigitMatrix part, int rowInPart) {
        if (scale > DigitMatrix.maxGroupScale(digits))
            throw new IllegalArgumentException("group scale " + scale + " of row " + rowInPart + " of a matrix of "
                    + part.rows() + " x " + part.columns() + " is beyond " + DigitMatrix.maxGroupScale(digits));
        int inTile = row % TILE, vector = inTile / 16, lane = inTile % 16;
        long at = scalesOffset(segment, row / TILE) + vector / 4 * 64L + lane * 4L + vector % 4;
        Objects.requireNonNull(groupScales).set(JAVA_BYTE, at, (byte) scale);
    }

    long byteSize() {
        return words.byteSize() + (groupScales == null ? 0 : groupScales.byteSize());
    }
}
