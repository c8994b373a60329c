package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.AddressSpace;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@link TernaryLinear} with vectors of any width, for machines whose vectors are too narrow for the tables of
 * {@link TernaryVector}: trits as two-bit codes {@code trit + 1}, unpacked and multiplied in 16-bit lanes.
 *
 * <p>Words: {@code [segment][tile][digit][step][TILE]}, a lane to a row. Codes are one too large, so the sum of the
 * segment's activations is taken off every digit's sum.
 */
public final class TernaryMultiply implements TernaryLinear {
    private static final int TILE = MultiplyKernel.TILE;
    private static final int RAW_BYTES = 3 * TILE * Short.BYTES;
    private static final int TOKENS = 16;

    private final Segments segments;
    private final int rows;
    private final int columns;
    private final int digits;
    private final int tiles;
    private final MemorySegment words;
    /** int16 [segment][tiles * TILE]. */
    private final MemorySegment groupScales;

    private final MemorySegment rowScales;

    /** Lays out {@code parts}, stacked, in memory of {@code arena}. */
    public TernaryMultiply(List<DigitMatrix> parts, Arena arena, Team team) {
        StackedRows source = new StackedRows(parts);
        segments = new Segments(source.columns(), source.group(), MultiplyKernel.COLUMNS, MultiplyKernel.STEP);
        rows = source.rows();
        columns = source.columns();
        digits = source.digits();
        tiles = Math.ceilDiv(rows, TILE);
        words = arena.allocate((long) segments.steps() * digits * tiles * TILE * Short.BYTES, FloatMatrix.ALIGNMENT);
        groupScales = arena.allocate((long) segments.count() * tiles * TILE * Short.BYTES, FloatMatrix.ALIGNMENT);
        rowScales = arena.allocate((long) rows * Float.BYTES, FloatMatrix.ALIGNMENT);
        rowScales.copyFrom(MemorySegment.ofArray(source.rowScales()));
        team.run((worker, workers) -> {
            Share share = Share.of(rows, TILE, worker, workers);
            byte[] trits = new byte[columns];
            for (int row = share.from(); row < share.to(); row++)
                pack(source.part(row), source.rowInPart(row), row, trits);
        });
    }

    private void pack(DigitMatrix matrix, int from, int row, byte[] trits) {
        for (int digit = 0; digit < digits; digit++) {
            MemorySegment.copy(matrix.planes(), JAVA_BYTE, matrix.offset(digit, from, 0), trits, 0, columns);
            for (int s = 0; s < segments.count(); s++) {
                long lane = offset(s, row / TILE, digit) + (long) (row % TILE) * Short.BYTES;
                int first = segments.columnFrom(s), end = first + segments.columns(s);
                for (int k = first; k < end; k += MultiplyKernel.STEP, lane += TILE * Short.BYTES) {
                    int word = 0;
                    for (int j = Math.min(MultiplyKernel.STEP, end - k) - 1; j >= 0; j--)
                        word = word << 2 | trits[k + j] + 1;
                    words.set(JAVA_SHORT, lane, (short) word);
                }
            }
        }
        for (int s = 0; s < segments.count(); s++) {
            int scale = matrix.groupScale(from, segments.group(s));
            if (scale > DigitMatrix.maxGroupScale(digits))
                throw new IllegalArgumentException(
                        "group scale " + scale + " of row " + from + " is beyond " + DigitMatrix.maxGroupScale(digits));
            groupScales.set(JAVA_SHORT, ((long) s * tiles * TILE + row) * Short.BYTES, (short) scale);
        }
    }

    private long offset(int segment, int tile, int digit) {
        long before = ((long) segments.stepFrom(segment) * tiles + (long) tile * segments.steps(segment)) * digits;
        return (before + (long) digit * segments.steps(segment)) * TILE * Short.BYTES;
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
        return digits;
    }

    @Override
    public String describe() {
        return digits + " ternary digit(s) as 2-bit codes, Vector API multiply-add";
    }

    @Override
    public long residentBytes() {
        return weightBytes() + rowScales.byteSize();
    }

    @Override
    public long weightBytes() {
        return words.byteSize() + groupScales.byteSize();
    }

    @Override
    public void accumulate(Activations x, MemorySegment sums, Team team) {
        run(x, new Output.Integers(sums, rows), team);
    }

    @Override
    public void multiply(Activations x, FloatMatrix y, Team team) {
        checkShapes(x, y);
        run(x, new Output.Scaled(y, rowScales, x.int8(team)), team);
    }

    private void run(Activations x, Output output, Team team) {
        Int8Rows q = x.int8(team);
        int[] sums = segmentSums(q, x.tokens());
        long each = RAW_BYTES + (long) TOKENS * TILE * Integer.BYTES;
        MemorySegment scratch = x.scratch(each * team.size());
        team.run((worker, workers) -> {
            Share share = Share.of(tiles, 1, worker, workers);
            for (int tile = share.from(); tile < share.to(); tile++)
                for (int token = 0; token < x.tokens(); token += TOKENS)
                    tile(tile, q, token, Math.min(TOKENS, x.tokens() - token), sums, scratch, worker * each, output);
        });
        AddressSpace.keep(this, x, output);
    }

    /** int32 [tokens][segments]: the sum of the activations of each segment. */
    private int[] segmentSums(Int8Rows q, int tokens) {
        int[] sums = new int[tokens * segments.count()];
        for (int token = 0; token < tokens; token++)
            for (int s = 0; s < segments.count(); s++) {
                long from = q.offset(token) + segments.columnFrom(s);
                int sum = 0;
                for (int k = 0; k < segments.columns(s); k++) sum += q.values().get(JAVA_BYTE, from + k);
                sums[token * segments.count() + s] = sum;
            }
        return sums;
    }

    private void tile(
            int tile,
            Int8Rows q,
            int first,
            int tokens,
            int[] offsets,
            MemorySegment scratch,
            long raw,
            Output output) {
        long at = raw + RAW_BYTES, stride = (long) TILE * Integer.BYTES;
        scratch.asSlice(at, tokens * stride).fill((byte) 0);
        long rawSums = AddressSpace.address(scratch, raw, RAW_BYTES + tokens * stride), sums = rawSums + RAW_BYTES;
        long codes = AddressSpace.address(words), scales = AddressSpace.address(groupScales);
        for (int t = 0; t < tokens; t++) {
            long x = AddressSpace.address(q.values(), q.offset(first + t), columns);
            for (int s = 0; s < segments.count(); s++) {
                for (int d = 0; d < digits; d++)
                    MultiplyKernel.sums(
                            codes + offset(s, tile, d),
                            x + segments.columnFrom(s),
                            segments.columns(s),
                            rawSums + (long) d * TILE * Short.BYTES);
                long scale = scales + ((long) s * tiles + tile) * TILE * Short.BYTES;
                int offset = offsets[(first + t) * segments.count() + s];
                MultiplyKernel.join(digits, offset, scale, rawSums, sums + t * stride);
            }
        }
        int from = tile * TILE, to = Math.min(from + TILE, rows);
        for (int t = 0; t < tokens; t++) output.take(first + t, from, to, scratch, at + t * stride);
    }
}
