package dev.lutra.kernels.ternary;

import static dev.lutra.kernels.memory.AddressSpace.MEMORY;
import static dev.lutra.kernels.memory.AddressSpace.bounded;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.AddressSpace;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * For every three activations the 27 sums that three trits can make of them: int16 [32], entry {@code 9a + 3b + c + 13}, the
 * last five zero. A step of {@link Segments} takes three of them. Tokens come in groups of {@link LookupKernel#FOUR}, the last
 * ones behind the whole groups each alone; the tables of a segment for a group of T tokens are int16 [3][steps][T][32].
 */
final class LookupTables {
    /** Bytes of the three tables of a step. */
    static final int STEP_BYTES = 3 * 32 * Short.BYTES;

    /** Bytes of the tables of one token and one segment, at most. */
    static final long SEGMENT_BYTES = (long) Math.ceilDiv(Segments.COLUMNS, Segments.STEP) * STEP_BYTES;

    private static final int TABLE_BYTES = 32 * Short.BYTES;

    private static final VectorSpecies<Short> WORDS = ShortVector.SPECIES_512;
    private static final short[] FIRST = new short[32];
    private static final short[] SECOND = new short[32];
    private static final short[] THIRD = new short[32];

    static {
        for (int i = 0; i < 27; i++) {
            FIRST[i] = (short) (i / 9 - 1);
            SECOND[i] = (short) (i / 3 % 3 - 1);
            THIRD[i] = (short) (i % 3 - 1);
        }
    }

    private LookupTables() {}

    /** Tokens of the group that begins with {@code token}, when there are {@code tokens}. */
    static int group(int token, int tokens) {
        return tokens - token >= LookupKernel.FOUR ? LookupKernel.FOUR : 1;
    }

    /** Writes the tables of {@code segment} for a group of {@code group} tokens of {@code x} at an address. */
    static void build(Int8Rows x, int firstToken, int group, Segments segments, int segment, long tables) {
        int columns = segments.columns(segment);
        for (int i = 0; i < group; i++) {
            long from = x.offset(firstToken + i) + segments.columnFrom(segment);
            buildToken(
                    AddressSpace.address(x.values(), from, columns),
                    columns,
                    segments.steps(segment),
                    tables + (long) i * TABLE_BYTES,
                    (long) group * TABLE_BYTES);
        }
    }

    /** The tables of one token lie {@code apart} bytes from each other. */
    private static void buildToken(long x, int columns, int steps, long tables, long apart) {
        int whole = columns / Segments.STEP;
        long part = steps * apart;
        for (int j = 0; j < 3; j++) build(x + 3L * j, whole, tables + j * part, apart);
        if (whole == steps) return;
        for (int j = 0; j < 3; j++) {
            int column = whole * Segments.STEP + 3 * j;
            buildOne(
                    activation(x, column, columns),
                    activation(x, column + 1, columns),
                    activation(x, column + 2, columns),
                    tables + j * part + whole * apart);
        }
    }

    private static byte activation(long x, int column, int columns) {
        return column < columns ? MEMORY.get(JAVA_BYTE, bounded(x) + column) : 0;
    }

    /** Every third table of one token. */
    private static void build(long x, int count, long tables, long apart) {
        ShortVector first = ShortVector.fromArray(WORDS, FIRST, 0);
        ShortVector second = ShortVector.fromArray(WORDS, SECOND, 0);
        ShortVector third = ShortVector.fromArray(WORDS, THIRD, 0);
        long from = bounded(x), to = bounded(tables);
        for (int i = 0; i < count; i++) {
            long k = from + (long) Segments.STEP * i;
            first.mul(MEMORY.get(JAVA_BYTE, k))
                    .add(second.mul(MEMORY.get(JAVA_BYTE, k + 1)))
                    .add(third.mul(MEMORY.get(JAVA_BYTE, k + 2)))
                    .intoMemorySegment(MEMORY, bounded(to + apart * i), LITTLE_ENDIAN);
        }
    }

    private static void buildOne(byte a, byte b, byte c, long table) {
        ShortVector.fromArray(WORDS, FIRST, 0)
                .mul(a)
                .add(ShortVector.fromArray(WORDS, SECOND, 0).mul(b))
                .add(ShortVector.fromArray(WORDS, THIRD, 0).mul(c))
                .intoMemorySegment(MEMORY, bounded(table), LITTLE_ENDIAN);
    }
}
