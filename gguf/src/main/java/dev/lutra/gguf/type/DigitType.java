package dev.lutra.gguf.type;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weights written as one to three balanced-ternary digits: {@code w = S[row] * m[row, group] * (t0 (+ 3 t1 (+ 9 t2)))}.
 *
 * <p>The id is {@code 0x4C540000 | digits << 12 | group}, so a tensor tells its own geometry and no other project's id is
 * taken (0x4C54 is "LT"; ggml counts from zero).
 *
 * <p>Layout of a tensor of {@code rows} x {@code columns}, all parts following one another without gaps:
 *
 * <ol>
 *   <li>{@code digits} planes, least significant first. A plane is {@code rows} rows of {@link #planeRowBytes} bytes: with
 *       T = ceil(columns / 3) triples v = 9a + 3b + c (missing trits count 0), first ceil(T / 2) bytes of index nibbles
 *       {@code |v(2i)| << 4 | |v(2i + 1)|}, then ceil(T / 8) bytes of sign bits, bit {@code 7 - i % 8} of byte {@code i / 8}
 *       set when v(i) is negative. This is TL2's coding of a triple, untiled: tiles are a matter of the run-time layout.
 *   <li>group scales m: {@code rows * ceil(columns / group)} bytes, row-major, 1 to 127 (one digit), 31 (two) or 9
 *       (three).
 *   <li>row scales S: {@code rows} little-endian bfloat16, exact because S has at most seven significant bits.
 * </ol>
 *
 * @param digits trits per weight, 1 to 3
 * @param group columns that share one integer scale, 32 to 4064, a multiple of 32
 */
public record DigitType(int digits, int group) implements TensorType {
    private static final int MARK = 0x4C540000;

    /** Columns that share a scale where nothing else was asked for. */
    public static final int DEFAULT_GROUP = 96;

    public DigitType {
        if (digits < 1 || digits > 3) throw new IllegalArgumentException("digits must be 1 to 3, not " + digits);
        if (group < 32 || group > 4064 || group % 32 != 0)
            throw new IllegalArgumentException("group must be a multiple of 32 from 32 to 4064, not " + group);
    }

    /** Whether {@code id} is one that this class gives out. */
    public static boolean isDigitId(int id) {
        int digits = id >> 12 & 0xF, group = id & 0xFFF;
        return (id & 0xFFFF0000) == MARK
                && digits >= 1
                && digits <= 3
                && group >= 32
                && group <= 4064
                && group % 32 == 0;
    }

    /** The type whose {@link #id()} is {@code id}; see {@link #isDigitId}. */
    public static DigitType ofId(int id) {
        if (!isDigitId(id)) throw new IllegalArgumentException("not a digit type id: " + id);
        return new DigitType(id >> 12 & 0xF, id & 0xFFF);
    }

    @Override
    public int id() {
        return MARK | digits << 12 | group;
    }

    private static final Pattern NAME = Pattern.compile("tl2x([123])(?:-g(\\d{2,4}))?", Pattern.CASE_INSENSITIVE);

    /**
     * The type that a user calls {@code name}: {@code tl2x1} to {@code tl2x3}, or with a group of one's own {@code tl2x2-g32}.
     *
     * @throws IllegalArgumentException when the group is none that the format can have
     */
    public static Optional<DigitType> byName(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) return Optional.empty();
        String group = matcher.group(2);
        return Optional.of(new DigitType(
                Integer.parseInt(matcher.group(1)), group == null ? DEFAULT_GROUP : Integer.parseInt(group)));
    }

    @Override
    public String label() {
        return "tl2x" + digits + (group == DEFAULT_GROUP ? "" : "-g" + group);
    }

    /** Bytes of one row of one plane: index nibbles, then sign bits, each part rounded up to whole bytes. */
    public static long planeRowBytes(long columns) {
        long triples = (columns + 2) / 3;
        return (triples + 1) / 2 + (triples + 7) / 8;
    }

    @Override
    public OptionalLong byteSize(long columns, long rows) {
        if (columns < 0 || rows < 0) throw new IllegalArgumentException("negative shape " + columns + " x " + rows);
        try {
            long groups = Math.addExact(columns, group - 1) / group;
            long perRow = Math.addExact(Math.multiplyExact(planeRowBytes(columns), digits), groups + Short.BYTES);
            return OptionalLong.of(Math.multiplyExact(perRow, rows));
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
