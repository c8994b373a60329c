package dev.lutra.gguf.type;

import java.util.OptionalLong;

/**
 * Ternary digits as the native kernels read them: a tensor of this type is mapped and multiplied, with no work at load. It is made
 * for one program, not for exchange; {@code kernels/src/main/c/lutra_kernels.h} describes the layouts bit by bit.
 *
 * <p>The id is {@code 0x4C530000 | layout % 4 << 14 | (digits - 1) << 12 | group}, so a tensor tells its own geometry; an order of tiles
 * that changes takes the next number, and a file in the old order is of unknown types.
 * Rows are cut into tiles of 64, the last one filled up with zeros. A tensor is, with no gaps:
 *
 * <ol>
 *   <li>the digits of all tiles, each of {@code layout}'s header and steps;
 *   <li>integer group scales, {@code [tile][ceil(columns / group)][64]} bytes, unless {@code group} is 0;
 *   <li>row scales, {@code [rows]} little-endian float32.
 * </ol>
 *
 * @param layout 1 "five", 2 "quint", 3 "codes", 4 "triple"
 * @param digits trits per weight, 1 to 3
 * @param group columns that share an integer scale, a multiple of 32 up to 4064; 0 when there are no such scales
 */
public record RuntimeType(int layout, int digits, int group) implements TensorType {
    /** Rows of a tile. */
    public static final int TILE = 64;

    /** Bytes of a step of a digit of a tile of "triple": for each row four bytes of magnitudes and one of signs. */
    public static final int TRIPLE_BYTES = 5 * TILE;

    private static final int MARK = 0x4C530000, FIVE = 1, QUINT = 2, CODES = 3, TRIPLE = 4;

    public RuntimeType {
        if (layout < FIVE || layout > TRIPLE) throw new IllegalArgumentException("no layout " + layout);
        if (digits < 1 || digits > 3) throw new IllegalArgumentException("digits must be 1 to 3, not " + digits);
        if (group < 0 || group > 4064 || group % 32 != 0)
            throw new IllegalArgumentException("group must be a multiple of 32 up to 4064, not " + group);
    }

    /** Whether {@code id} is one that this class gives out. */
    public static boolean isRuntimeId(int id) {
        return (id & 0xFFFF0000) == MARK && (id >> 12 & 3) != 3 && (id & 0xFFF) <= 4064 && (id & 31) == 0;
    }

    /** The type whose {@link #id()} is {@code id}; see {@link #isRuntimeId}. */
    public static RuntimeType ofId(int id) {
        if (!isRuntimeId(id)) throw new IllegalArgumentException("not a run-time type id: " + id);
        int layout = id >> 14 & 3;
        return new RuntimeType(layout == 0 ? TRIPLE : layout, (id >> 12 & 3) + 1, id & 0xFFF);
    }

    @Override
    public int id() {
        return MARK | layout % 4 << 14 | digits - 1 << 12 | group;
    }

    /** {@code quint1}: layout and digits. */
    @Override
    public String label() {
        String name = switch (layout) {
            case FIVE -> "five";
            case QUINT -> "quint";
            case CODES -> "codes";
            default -> "triple";
        };
        return name + digits;
    }

    /** Columns of a step. */
    public int stepColumns() {
        return switch (layout) {
            case FIVE -> 9;
            case QUINT -> 5;
            case CODES -> 16 >> digits - 1;
            default -> 24;
        };
    }

    /** Most columns of a block, which never crosses a group. */
    public int blockColumns() {
        return switch (layout) {
            case FIVE -> 252;
            case QUINT -> 125;
            case CODES -> Integer.MAX_VALUE / 2;
            default -> 240;
        };
    }

    /** Bytes of a step of a tile: uint16, byte, dword or five-byte lanes, one set for each digit but for "codes". */
    public int stepBytes() {
        return switch (layout) {
            case FIVE -> TILE * Short.BYTES * digits;
            case QUINT -> TILE * digits;
            case CODES -> TILE * Integer.BYTES;
            default -> TRIPLE_BYTES * digits;
        };
    }

    /** Bytes of a tile before its steps: "quint" begins with corrections, an int32 for each row. */
    public int headerBytes() {
        return layout == QUINT ? TILE * Integer.BYTES : 0;
    }

    /** Steps of a row. */
    public long steps(long columns) {
        long width = group == 0 ? columns : group, whole = columns / width;
        return whole * groupSteps(width) + groupSteps(columns % width);
    }

    /** Steps of {@code columns} columns that begin a group. */
    private long groupSteps(long columns) {
        long most = blockColumns(), unit = stepColumns();
        return columns / most * Math.ceilDiv(most, unit) + Math.ceilDiv(columns % most, unit);
    }

    /** Bytes of the digits. */
    public long digitBytes(long columns, long rows) {
        long tile = Math.addExact(headerBytes(), Math.multiplyExact(steps(columns), stepBytes()));
        return Math.multiplyExact(Math.ceilDiv(rows, TILE), tile);
    }

    /** Bytes of the group scales. */
    public long scaleBytes(long columns, long rows) {
        if (group == 0) return 0;
        long perTile = Math.multiplyExact(Math.ceilDiv(columns, group), TILE);
        return Math.multiplyExact(Math.ceilDiv(rows, TILE), perTile);
    }

    @Override
    public OptionalLong byteSize(long columns, long rows) {
        if (columns < 0 || rows < 0) throw new IllegalArgumentException("negative shape " + columns + " x " + rows);
        if (columns == 0 || rows == 0) return OptionalLong.of(0);
        try {
            long scales = Math.addExact(scaleBytes(columns, rows), Math.multiplyExact(rows, Float.BYTES));
            return OptionalLong.of(Math.addExact(digitBytes(columns, rows), scales));
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException(
                    columns + " x " + rows + " of " + label() + " overflow 63 bits", overflow);
        }
    }

    @Override
    public int blockLength() {
        return 1;
    }
}
