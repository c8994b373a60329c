package dev.lutra.kernels.ternary;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Form;
import dev.lutra.kernels.activation.Int8Rows;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * For every three activations the 27 sums that three trits can make of them: int16 [32], entry {@code 9a + 3b + c + 13}, the
 * last five zero. A step of {@link Segments} takes three of them. Tokens come in groups of {@link LookupKernel#FOUR}, the last
 * ones behind the whole groups each alone; a group of T tokens has, for each segment, int16 [3][steps][T][32], and begins
 * where its first token would if all were alone.
 *
 * @param stride bytes of a token
 */
record LookupTables(MemorySegment tables, long stride) {
    /** Bytes of the three tables of a step. */
    static final int STEP_BYTES = 3 * 32 * Short.BYTES;

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

    /** Where the tables of {@code segment} begin for the group of {@code group} tokens that begins with {@code token}. */
    long offset(int token, int group, Segments segments, int segment) {
        return token * stride + (long) segments.stepFrom(segment) * group * STEP_BYTES;
    }

    /** Tokens of the group that begins with {@code token}, when there are {@code tokens}. */
    static int group(int token, int tokens) {
        return tokens - token >= LookupKernel.FOUR ? LookupKernel.FOUR : 1;
    }

    /** Writes the tables of {@code segment} for a group of {@code group} tokens of {@code x} at byte {@code at} of {@code out}. */
    static void build(
            Int8Rows x, int firstToken, int group, Segments segments, int segment, MemorySegment out, long at) {
        for (int i = 0; i < group; i++)
            buildToken(
                    x.values(),
                    x.offset(firstToken + i) + segments.columnFrom(segment),
                    segments.columns(segment),
                    segments.steps(segment),
                    out,
                    at + (long) i * TABLE_BYTES,
                    (long) group * TABLE_BYTES);
    }

    /** The tables of one token lie {@code apart} bytes from each other. */
    private static void buildToken(
            MemorySegment x, long from, int columns, int steps, MemorySegment out, long at, long apart) {
        int whole = columns / Segments.STEP;
        long part = steps * apart;
        for (int j = 0; j < 3; j++) build(x, from + 3L * j, whole, out, at + j * part, apart);
        if (whole == steps) return;
        for (int j = 0; j < 3; j++) {
            int column = whole * Segments.STEP + 3 * j;
            byte a = column < columns ? x.get(JAVA_BYTE, from + column) : 0;
            byte b = column + 1 < columns ? x.get(JAVA_BYTE, from + column + 1) : 0;
            byte c = column + 2 < columns ? x.get(JAVA_BYTE, from + column + 2) : 0;
            buildOne(a, b, c, out, at + j * part + whole * apart);
        }
    }

    /** Every third table of one token. */
    private static void build(MemorySegment x, long from, int count, MemorySegment out, long at, long apart) {
        ShortVector first = ShortVector.fromArray(WORDS, FIRST, 0);
        ShortVector second = ShortVector.fromArray(WORDS, SECOND, 0);
        ShortVector third = ShortVector.fromArray(WORDS, THIRD, 0);
        for (int i = 0; i < count; i++) {
            long k = from + (long) Segments.STEP * i;
            first.mul(x.get(JAVA_BYTE, k))
                    .add(second.mul(x.get(JAVA_BYTE, k + 1)))
                    .add(third.mul(x.get(JAVA_BYTE, k + 2)))
                    .intoMemorySegment(out, at + apart * i, LITTLE_ENDIAN);
        }
    }

    private static void buildOne(byte a, byte b, byte c, MemorySegment out, long at) {
        ShortVector.fromArray(WORDS, FIRST, 0)
                .mul(a)
                .add(ShortVector.fromArray(WORDS, SECOND, 0).mul(b))
                .add(ShortVector.fromArray(WORDS, THIRD, 0).mul(c))
                .intoMemorySegment(out, at, LITTLE_ENDIAN);
    }

    /**
     * The tables of whole tokens, for batches small enough to keep them all.
     *
     * @param maxTokens the largest batch asked for
     */
    record ForTokens(Segments segments, int maxTokens) implements Form<LookupTables> {
        /** Below this many tables the team's barrier costs more than it saves: a table takes 1.5 ns. */
        private static final int ALONE = 2000;

        @Override
        public LookupTables allocate(Arena arena, int capacity, int columns) {
            long stride = (long) segments.steps() * STEP_BYTES;
            return new LookupTables(
                    arena.allocate(Math.min(capacity, maxTokens) * stride, FloatMatrix.ALIGNMENT), stride);
        }

        @Override
        public void compute(Activations x, LookupTables memory, Team team) {
            Int8Rows rows = x.int8(team);
            if (x.tokens() * segments.steps() * 3 < ALONE)
                build(rows, x.tokens(), memory, new Share(0, segments.count()));
            else
                team.run((worker, workers) ->
                        build(rows, x.tokens(), memory, Share.of(segments.count(), 1, worker, workers)));
        }

        private void build(Int8Rows rows, int tokens, LookupTables memory, Share share) {
            for (int token = 0, group; token < tokens; token += group) {
                group = group(token, tokens);
                for (int s = share.from(); s < share.to(); s++)
                    LookupTables.build(
                            rows, token, group, segments, s, memory.tables(), memory.offset(token, group, segments, s));
            }
        }
    }
}
