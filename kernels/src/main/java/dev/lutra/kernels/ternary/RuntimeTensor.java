package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lutra.gguf.type.RuntimeType;
import dev.lutra.quant.InvalidCodeException;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A tensor in a run-time layout, read back as digits: for kernels of another kind, and to check a file. Mirrors the geometry of
 * {@code ternary_layout.h}.
 */
public final class RuntimeTensor implements DigitSource {
    private static final int[] CENTERS = {1, 4, 13};

    private final RuntimeType type;
    private final int rows;
    private final int columns;
    private final MemorySegment data;
    private final int tiles;

    /** Tiles whose steps are interleaved. */
    private final int band;

    /** Tiles that are stored block by block. */
    private final int panel;

    private final long tileBytes;

    /**
     * @param data {@code type.byteSize(columns, rows)} bytes
     * @throws IllegalArgumentException when it has another size
     */
    public RuntimeTensor(RuntimeType type, int rows, int columns, MemorySegment data) {
        long size = type.byteSize(columns, rows).orElseThrow();
        if (data.byteSize() != size)
            throw new IllegalArgumentException(
                    type.label() + " of " + rows + " x " + columns + " has " + size + " bytes, not " + data.byteSize());
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.data = data;
        tiles = Math.ceilDiv(rows, RuntimeType.TILE);
        band = switch (layout()) {
            case QUINT -> 4 / type.digits();
            case FIVE -> type.digits() < 3 ? 2 : 1;
            case CODES, TRIPLE -> 1;
        };
        panel = switch (layout()) {
            case QUINT, FIVE -> 8;
            case TRIPLE -> 32;
            case CODES -> 1;
        };
        tileBytes = type.headerBytes() + type.steps(columns) * type.stepBytes();
    }

    public RuntimeType type() {
        return type;
    }

    /** The whole tensor. */
    public MemorySegment data() {
        return data;
    }

    /** The layout of its digits. */
    public NativeLayout layout() {
        return NativeLayout.ofId(type.layout());
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
    public int digits() {
        return type.digits();
    }

    @Override
    public int group() {
        return type.group() == 0 ? columns : type.group();
    }

    @Override
    public boolean hasGroupScales() {
        return type.group() > 0;
    }

    @Override
    public int rowStep() {
        return 1;
    }

    @Override
    public float rowScale(int row) {
        long at = type.digitBytes(columns, rows) + type.scaleBytes(columns, rows) + 4L * row;
        float scale = data.get(JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
        if (!Float.isFinite(scale)) throw new InvalidCodeException(at, "the scale of row " + row + " is " + scale);
        return scale;
    }

    @Override
    public float[] rowScales() {
        long at = type.digitBytes(columns, rows) + type.scaleBytes(columns, rows);
        float[] scales = data.asSlice(at, 4L * rows).toArray(JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
        for (int row = 0; row < rows; row++)
            if (!Float.isFinite(scales[row])) scales[row] = rowScale(row); // which tells
        return scales;
    }

    @Override
    public void read(int from, int to, DigitMatrix target) {
        byte[][] trits = new byte[digits()][columns];
        for (int row = from; row < to; row++) {
            readRow(row, trits);
            for (int digit = 0; digit < digits(); digit++)
                MemorySegment.copy(
                        trits[digit], 0, target.planes(), JAVA_BYTE, target.offset(digit, row - from, 0), columns);
            if (hasGroupScales()) readScales(row, row - from, target);
        }
    }

    private void readScales(int row, int to, DigitMatrix target) {
        MemorySegment scales = Objects.requireNonNull(target.groupScales());
        int groups = target.groups(), tile = row / RuntimeType.TILE, inTile = row % RuntimeType.TILE;
        for (int group = 0; group < groups; group++) {
            long at = type.digitBytes(columns, rows) + ((long) tile * groups + group) * RuntimeType.TILE + inTile;
            byte scale = data.get(JAVA_BYTE, at);
            if (scale < 1 || scale > DigitMatrix.maxGroupScale(digits()))
                throw new InvalidCodeException(at, "group scale " + (scale & 0xFF) + " at row " + row);
            scales.set(JAVA_BYTE, (long) to * groups + group, scale);
        }
    }

    private void readRow(int row, byte[][] trits) {
        int tile = row / RuntimeType.TILE, inPanel = tile % panel;
        int panelTiles = Math.min(panel, tiles - tile + inPanel);
        int inBand = inPanel % band, firstOfBand = inPanel - inBand;
        int bandTiles = Math.min(band, panelTiles - firstOfBand);
        long firstStep = (long) (tile - inPanel) * tileBytes + (long) panelTiles * type.headerBytes();
        int lane = lane(row % RuntimeType.TILE);
        long stepsBefore = 0;
        for (int group = 0; group < columns; group += group())
            for (int end = Math.min(columns, group + group()), block = group; block < end; ) {
                int blockEnd = (int) Math.min(end, (long) block + type.blockColumns());
                int steps = Math.ceilDiv(blockEnd - block, type.stepColumns());
                long at =
                        firstStep + (panelTiles * stepsBefore + (long) firstOfBand * steps + inBand) * type.stepBytes();
                for (int step = 0; step < steps; step++, at += (long) bandTiles * type.stepBytes())
                    readStep(at, lane, block + step * type.stepColumns(), blockEnd, trits);
                stepsBefore += steps;
                block = blockEnd;
            }
    }

    private void readStep(long at, int lane, int column, int end, byte[][] trits) {
        int count = Math.min(type.stepColumns(), end - column);
        switch (layout()) {
            case QUINT -> {
                for (int digit = 0; digit < digits(); digit++) {
                    int code = data.get(JAVA_BYTE, at + digit * 64L + lane), magnitude = code & 127;
                    if (magnitude > 121) throw invalid(at, magnitude);
                    balanced(code < 0 ? -magnitude : magnitude, 5, trits[digit], column, count);
                }
            }
            case FIVE -> {
                for (int digit = 0; digit < digits(); digit++) {
                    int word = data.get(
                                    JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                                    at + digit * 128L + 2L * lane)
                            & 0xFFFF;
                    for (int i = 0; i < 3; i++) {
                        int index = word >> 5 * i & 31;
                        if (index > 26) throw invalid(at, index);
                        int some = Math.clamp(count - 3L * i, 0, 3);
                        balanced(index - 13, 3, trits[digit], column + 3 * i, some);
                    }
                }
            }
            case TRIPLE -> {
                for (int digit = 0; digit < digits(); digit++)
                    readTriples(at + (long) digit * RuntimeType.TRIPLE_BYTES + lane, count, trits[digit], column);
            }
            case CODES -> {
                int word = data.get(JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at + 4L * lane);
                int bits = 32 / type.stepColumns(), center = CENTERS[digits() - 1];
                for (int i = 0; i < count; i++) {
                    int code = word >>> i % 4 * 8 + i / 4 * bits & (1 << bits) - 1;
                    if (code > 2 * center) throw invalid(at, code);
                    int level = code - center;
                    for (int digit = 0; digit < digits(); digit++) {
                        int trit = Math.floorMod(level + 1, 3) - 1;
                        trits[digit][column + i] = (byte) trit;
                        level = (level - trit) / 3;
                    }
                }
            }
        }
    }

    /** The first {@code count} trits of a row's eight triples: four bytes of two magnitudes each, then one of signs. */
    private void readTriples(long at, int count, byte[] trits, int column) {
        int signs = data.get(JAVA_BYTE, at + 4L * RuntimeType.TILE);
        for (int i = 0; i < 8; i++) {
            int magnitude = data.get(JAVA_BYTE, at + i / 2 * (long) RuntimeType.TILE) >> i % 2 * 4 & 15;
            if (magnitude > 13) throw invalid(at + i / 2 * (long) RuntimeType.TILE, magnitude);
            int value = (signs >> 7 - i & 1) == 0 ? magnitude : -magnitude;
            balanced(value, 3, trits, column + 3 * i, Math.clamp(count - 3L * i, 0, 3));
        }
    }

    /** The first {@code count} of {@code width} trits of a value, the most significant first. */
    private static void balanced(int value, int width, byte[] trits, int at, int count) {
        int rest = value;
        for (int i = width - 1; i >= 0; i--) {
            int trit = Math.floorMod(rest + 1, 3) - 1;
            if (i < count) trits[at + i] = (byte) trit;
            rest = (rest - trit) / 3;
        }
    }

    private InvalidCodeException invalid(long at, int code) {
        return new InvalidCodeException(at, type.label() + " has no code " + code);
    }

    /** The lane that holds a row of a tile; {@code ternary_layout.h} says why. */
    private int lane(int row) {
        return switch (layout()) {
            case CODES -> row;
            case FIVE -> row / 32 * 32 + wordLane(row % 32);
            case QUINT, TRIPLE -> {
                int word = wordLane(row % 32);
                yield word / 8 * 16 + row / 32 * 8 + word % 8;
            }
        };
    }

    private static int wordLane(int row) {
        return row % 16 / 4 * 8 + row / 16 * 4 + row % 4;
    }
}
