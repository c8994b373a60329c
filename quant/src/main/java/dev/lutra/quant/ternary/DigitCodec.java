package dev.lutra.quant.ternary;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.quant.InvalidCodeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads and writes the layout that {@link DigitType} describes, for one shape. Rows are coded one by one, so a matrix streams
 * through windows and threads share a tensor.
 */
public final class DigitCodec {
    /** Triples that share a byte of sign bits. */
    private static final int SIGN_TRIPLES = 8;

    private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final DigitType type;
    private final int rows;
    private final int columns;
    private final int triples;
    private final int indexBytes;
    private final int planeRowBytes;

    public DigitCodec(DigitType type, int rows, int columns) {
        if (rows < 1 || columns < 1) throw new IllegalArgumentException("shape " + rows + " x " + columns);
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.triples = Math.ceilDiv(columns, 3);
        this.indexBytes = Math.ceilDiv(triples, 2);
        this.planeRowBytes = Math.toIntExact(DigitType.planeRowBytes(columns));
    }

    /** Bytes of the whole tensor. */
    public long byteSize() {
        return type.byteSize(columns, rows).orElseThrow();
    }

    private int groups() {
        return Math.ceilDiv(columns, type.group());
    }

    private long groupScaleOffset(int row) {
        return planeOffset(type.digits(), 0) + (long) row * groups();
    }

    private long rowScaleOffset(int row) {
        return groupScaleOffset(rows) + (long) row * Short.BYTES;
    }

    /** Writes a whole matrix into {@code out}, {@link #byteSize} bytes. */
    public void encode(DigitMatrix matrix, MemorySegment out) {
        encodeRows(matrix, 0, rows, 0, out);
    }

    /** Reads the whole tensor into a matrix in {@code arena}. */
    public DigitMatrix decode(MemorySegment in, Arena arena) {
        DigitMatrix matrix = DigitMatrix.allocate(rows, columns, type.digits(), type.group(), arena);
        decodeRows(in, 0, rows, matrix, 0);
        return matrix;
    }

    /**
     * Writes {@code count} rows of {@code source}, from its row {@code first} on, as the tensor's rows from {@code row} on.
     *
     * @param out the whole tensor
     * @throws IllegalArgumentException when a trit or a scale is none that the format can hold
     */
    public void encodeRows(DigitMatrix source, int first, int count, int row, MemorySegment out) {
        check(source, row, count, out);
        byte[] trits = new byte[3 * SIGN_TRIPLES * Math.ceilDiv(triples, SIGN_TRIPLES)];
        byte[] codes = new byte[planeRowBytes];
        for (int i = 0; i < count; i++) {
            for (int digit = 0; digit < type.digits(); digit++) {
                long at = source.offset(digit, first + i, 0);
                MemorySegment.copy(source.planes(), ValueLayout.JAVA_BYTE, at, trits, 0, columns);
                Trits.check(trits, columns, (long) (first + i) * columns, columns);
                encodePlaneRow(trits, codes);
                MemorySegment.copy(codes, 0, out, ValueLayout.JAVA_BYTE, planeOffset(digit, row + i), planeRowBytes);
            }
            encodeScales(source, first + i, row + i, out);
        }
    }

    private void encodePlaneRow(byte[] trits, byte[] codes) {
        for (int sign = 0, triple = 0; triple < triples; sign++, triple += SIGN_TRIPLES) {
            int signs = 0, index = triple / 2;
            for (int i = 0; i < SIGN_TRIPLES; i += 2) {
                int first = TripleCodes.value(trits, 3 * (triple + i));
                int second = TripleCodes.value(trits, 3 * (triple + i + 1));
                signs = signs << 2 | (first >>> 31) << 1 | second >>> 31;
                if (index < indexBytes) codes[index++] = (byte) (Math.abs(first) << 4 | Math.abs(second));
            }
            codes[indexBytes + sign] = (byte) signs;
        }
    }

    private void encodeScales(DigitMatrix source, int from, int row, MemorySegment out) {
        int largest = DigitMatrix.maxGroupScale(type.digits());
        for (int group = 0; group < groups(); group++) {
            int scale = source.groupScale(from, group);
            if (scale < 1 || scale > largest)
                throw new IllegalArgumentException("group scale " + scale + " of row " + from + ", group " + group
                        + " is not within 1 to " + largest);
            out.set(ValueLayout.JAVA_BYTE, groupScaleOffset(row) + group, (byte) scale);
        }
        float scale = source.rowScales()[from];
        int bits = Float.floatToRawIntBits(scale);
        if ((bits & 0xFFFF) != 0 || !Float.isFinite(scale))
            throw new IllegalArgumentException("scale " + scale + " of row " + from + " is no finite bfloat16");
        out.set(BF16, rowScaleOffset(row), (short) (bits >>> 16));
    }

    /**
     * Reads {@code count} of the tensor's rows from {@code row} on into {@code target}, from its row {@code first} on.
     *
     * @param in the whole tensor
     * @throws InvalidCodeException at a code or a scale that no encoder writes
     */
    public void decodeRows(MemorySegment in, int row, int count, DigitMatrix target, int first) {
        check(target, row, count, in);
        byte[] codes = new byte[planeRowBytes];
        byte[] trits = new byte[6 * indexBytes + TripleCodes.SLACK];
        for (int i = 0; i < count; i++) {
            for (int digit = 0; digit < type.digits(); digit++) {
                long at = planeOffset(digit, row + i);
                MemorySegment.copy(in, ValueLayout.JAVA_BYTE, at, codes, 0, planeRowBytes);
                if (!decodePlaneRow(codes, trits)) throw invalid(codes, at, digit, row + i);
                long to = target.offset(digit, first + i, 0);
                MemorySegment.copy(trits, 0, target.planes(), ValueLayout.JAVA_BYTE, to, columns);
            }
            decodeScales(in, row + i, target, first + i);
        }
    }

    private boolean decodePlaneRow(byte[] codes, byte[] trits) {
        long wrong = 0;
        for (int i = 0; i < indexBytes; i++) wrong |= TripleCodes.decode(codes[i], signs(codes, i), trits, 6 * i);
        return wrong >= 0 && paddingIsZero(codes, trits);
    }

    /** The signs of the triples in index byte {@code i}, as {@link TripleCodes} wants them. */
    private int signs(byte[] codes, int i) {
        int pair = codes[indexBytes + i / 4] >> 6 - i % 4 * 2;
        return (pair & 2) << 1 | pair & 1;
    }

    private boolean paddingIsZero(byte[] codes, byte[] trits) {
        int padding = 0;
        for (int i = columns; i < 6 * indexBytes; i++) padding |= trits[i];
        int unused = SIGN_TRIPLES * (planeRowBytes - indexBytes) - triples;
        return padding == 0 && (codes[planeRowBytes - 1] & (1 << unused) - 1) == 0;
    }

    /**
     * As {@link #decodeRows}, for scales alone.
     *
     * @throws InvalidCodeException at a scale that no encoder writes
     */
    public void decodeScales(MemorySegment in, int row, int count, DigitMatrix target, int first) {
        check(target, row, count, in);
        for (int i = 0; i < count; i++) decodeScales(in, row + i, target, first + i);
    }

    /** Where {@code row} of the plane of {@code digit} begins. */
    public long planeOffset(int digit, int row) {
        return ((long) digit * rows + row) * planeRowBytes;
    }

    private void decodeScales(MemorySegment in, int row, DigitMatrix target, int to) {
        MemorySegment groupScales = target.groupScales();
        if (groupScales == null) throw new IllegalArgumentException("the target has no group scales");
        int largest = DigitMatrix.maxGroupScale(type.digits());
        for (int group = 0; group < groups(); group++) {
            long at = groupScaleOffset(row) + group;
            byte scale = in.get(ValueLayout.JAVA_BYTE, at);
            if (scale < 1 || scale > largest)
                throw new InvalidCodeException(
                        at, type.label() + " group scale " + (scale & 0xFF) + " at row " + row + ", group " + group);
            groupScales.set(ValueLayout.JAVA_BYTE, (long) to * groups() + group, scale);
        }
        target.rowScales()[to] = rowScale(in, row);
    }

    /**
     * The float scale of {@code row}.
     *
     * @param in the whole tensor
     * @throws InvalidCodeException when it is no finite number
     */
    public float rowScale(MemorySegment in, int row) {
        float scale = Float.intBitsToFloat(in.get(BF16, rowScaleOffset(row)) << 16);
        if (!Float.isFinite(scale))
            throw new InvalidCodeException(rowScaleOffset(row), type.label() + " scale of row " + row + " is " + scale);
        return scale;
    }

    /** {@link #rowScale} of all rows. */
    public float[] rowScales(MemorySegment in) {
        short[] bits = new short[rows];
        MemorySegment.copy(in, BF16, rowScaleOffset(0), bits, 0, rows);
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            scales[row] = Float.intBitsToFloat(bits[row] << 16);
            if (!Float.isFinite(scales[row])) scales[row] = rowScale(in, row); // which tells
        }
        return scales;
    }

    private InvalidCodeException invalid(byte[] codes, long at, int digit, int row) {
        for (int i = 0; i < indexBytes; i++) {
            if (TripleCodes.isValid(codes[i], signs(codes, i))) continue;
            return new InvalidCodeException(
                    at + i,
                    type.label() + " index above " + TripleCodes.LAST + " or sign on a zero at digit " + digit
                            + ", row " + row + ", columns " + 6 * i + " to " + (6 * i + 5));
        }
        return new InvalidCodeException(
                at + planeRowBytes - 1, type.label() + " digit " + digit + " of row " + row + " does not end in zeros");
    }

    private void check(DigitMatrix matrix, int row, int count, MemorySegment tensor) {
        if (matrix.columns() != columns || matrix.digits() != type.digits() || matrix.group() != type.group())
            throw new IllegalArgumentException("a matrix of " + matrix.columns() + " columns, " + matrix.digits()
                    + " digits and groups of " + matrix.group() + " for " + type + " of " + columns + " columns");
        if (row < 0 || count < 0 || row > rows - count)
            throw new IllegalArgumentException(count + " rows from " + row + " of " + rows);
        if (tensor.byteSize() != byteSize())
            throw new IllegalArgumentException("a " + type.label() + " tensor of " + rows + " x " + columns + " has "
                    + byteSize() + " bytes, not " + tensor.byteSize());
    }
}
