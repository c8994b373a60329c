package dev.lutra.quant.digit;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Digits as llama.cpp's blocks of 32 and back, weight for weight equal: one or two digits (-4…4) lie within Q4_0 (-8…7), three
 * (-13…13) within Q5_0 (-16…15), and a block's float16 scale is {@code S * m} exactly ({@link RowScales}).
 */
public final class BlockExchange {
    private static final int BLOCK = 32;
    private static final int HALF = BLOCK / 2;

    private final int digits;
    private final GgmlType type;
    private final int zero;

    /** @param digits 1 or 2 for Q4_0, 3 for Q5_0 */
    public BlockExchange(int digits) {
        this.digits = digits;
        this.type = typeOf(digits);
        this.zero = digits == 3 ? 16 : 8;
    }

    /** The block format that holds {@code digits} digits: Q4_0 for one and two, Q5_0 for three. */
    public static GgmlType typeOf(int digits) {
        return switch (digits) {
            case 1, 2 -> GgmlType.Q4_0;
            case 3 -> GgmlType.Q5_0;
            default -> throw new IllegalArgumentException("digits must be 1 to 3, not " + digits);
        };
    }

    /** The block format that holds the digits. */
    public GgmlType type() {
        return type;
    }

    /**
     * Writes row {@code row} of {@code matrix} as blocks.
     *
     * @param out receives {@code type().byteSize(columns, 1)} bytes from {@code at} on
     * @throws IllegalArgumentException when 32 does not divide columns and groups, or a scale is not exact in float16
     */
    public void export(DigitMatrix matrix, int row, MemorySegment out, long at) {
        requireShape(matrix);
        byte[] block = new byte[type.blockBytes()];
        int[] codes = new int[BLOCK];
        for (int column = 0; column < matrix.columns(); column += BLOCK, at += block.length) {
            float scale = matrix.rowScales()[row] * matrix.groupScale(row, column / matrix.group());
            short bits = Float.floatToFloat16(scale);
            if (Float.float16ToFloat(bits) != scale)
                throw new IllegalArgumentException("scale " + scale + " of row " + row + ", column " + column
                        + " is not exact in float16, so " + type + " cannot hold the row without loss");
            block[0] = (byte) bits;
            block[1] = (byte) (bits >>> 8);
            for (int i = 0; i < BLOCK; i++) codes[i] = matrix.level(row, column + i) + zero;
            pack(codes, block);
            MemorySegment.copy(block, 0, out, ValueLayout.JAVA_BYTE, at, block.length);
        }
    }

    /**
     * Reads blocks into row {@code row} of {@code matrix}, if they lie on its grid: levels within the digits' range, the same
     * scale for all blocks of a group, and all scales small multiples of one that a row may have.
     *
     * @return what is off the grid, and the row is left unspecified; empty when all blocks lie on it
     */
    public Optional<String> tryImport(MemorySegment in, long at, DigitMatrix matrix, int row) {
        requireShape(matrix);
        MemorySegment groupScales = matrix.groupScales();
        if (groupScales == null) throw new IllegalArgumentException("the target has no group scales");
        float[] scales = new float[matrix.groups()];
        byte[] block = new byte[type.blockBytes()];
        int[] codes = new int[BLOCK];
        for (int column = 0; column < matrix.columns(); column += BLOCK, at += block.length) {
            MemorySegment.copy(in, ValueLayout.JAVA_BYTE, at, block, 0, block.length);
            unpack(block, codes);
            float scale = Float.float16ToFloat((short) (block[0] & 0xFF | block[1] << 8));
            int group = column / matrix.group(), largest = 0;
            for (int i = 0; i < BLOCK; i++) {
                int level = (codes[i] - zero) * (int) Math.signum(scale);
                largest = Math.max(largest, Math.abs(level));
                if (largest > DigitMatrix.maxLevel(digits))
                    return Optional.of("level " + level + " in column " + (column + i) + " is beyond "
                            + DigitMatrix.maxLevel(digits));
                matrix.setLevel(row, column + i, level);
            }
            if (largest == 0) continue;
            if (scales[group] != 0 && scales[group] != Math.abs(scale))
                return Optional.of("the blocks of columns " + group * matrix.group() + " to "
                        + (Math.min(matrix.columns(), (group + 1) * matrix.group()) - 1) + " have different scales");
            scales[group] = Math.abs(scale);
        }
        if (fitScales(scales, matrix, row, groupScales)) return Optional.empty();
        return Optional.of("its scales are no multiples, up to " + DigitMatrix.maxGroupScale(digits) + ", of one");
    }

    /**
     * Looks for S among the divisors of the scales' greatest common one; all scales are whole multiples of float16's smallest
     * step. The common divisor itself is S times what all m have in common, so it may have too many bits.
     */
    private boolean fitScales(float[] scales, DigitMatrix matrix, int row, MemorySegment groupScales) {
        long divisor = 0, largest = 1;
        for (float scale : scales) {
            if (!Float.isFinite(scale)) return false;
            long steps = (long) (scale / RowScales.SMALLEST);
            divisor = gcd(divisor, steps);
            largest = Math.max(largest, steps);
        }
        if (divisor == 0) divisor = 1;
        int maxGroupScale = DigitMatrix.maxGroupScale(digits);
        for (long share = 1; largest / divisor * share <= maxGroupScale; share++) {
            if (divisor % share != 0) continue;
            float rowScale = divisor / share * RowScales.SMALLEST;
            if (!RowScales.isAllowed(rowScale, digits)) continue;
            for (int group = 0; group < scales.length; group++) {
                byte multiple = (byte) Math.max(1, scales[group] / rowScale);
                groupScales.set(ValueLayout.JAVA_BYTE, (long) row * scales.length + group, multiple);
            }
            matrix.rowScales()[row] = rowScale;
            return true;
        }
        return false;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** Low nibbles of element i and i + 16 share a byte; Q5_0's fifth bits come before them, element i at bit i. */
    private void pack(int[] codes, byte[] block) {
        int nibbles = block.length - HALF, fifth = 0;
        for (int i = 0; i < HALF; i++) block[nibbles + i] = (byte) (codes[i] & 15 | (codes[i + HALF] & 15) << 4);
        if (digits < 3) return;
        for (int i = 0; i < BLOCK; i++) fifth |= (codes[i] >> 4) << i;
        for (int i = 0; i < Integer.BYTES; i++) block[2 + i] = (byte) (fifth >>> 8 * i);
    }

    private void unpack(byte[] block, int[] codes) {
        int nibbles = block.length - HALF, fifth = 0;
        if (digits == 3) for (int i = 0; i < Integer.BYTES; i++) fifth |= (block[2 + i] & 0xFF) << 8 * i;
        for (int i = 0; i < BLOCK; i++) {
            int nibble = block[nibbles + i % HALF] >> i / HALF * 4 & 15;
            codes[i] = nibble | (fifth >>> i & 1) << 4;
        }
    }

    private void requireShape(DigitMatrix matrix) {
        if (matrix.digits() != digits || matrix.columns() % BLOCK != 0 || matrix.group() % BLOCK != 0)
            throw new IllegalArgumentException(type + " holds " + digits + " digits in blocks of 32, not "
                    + matrix.digits() + " digits of " + matrix.columns() + " columns in groups of " + matrix.group());
    }
}
