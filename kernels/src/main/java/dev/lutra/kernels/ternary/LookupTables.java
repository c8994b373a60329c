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
 * last five zero. Tables of a token follow the steps of {@link Segments}, three to a step.
 *
 * @param tables int16 [tokens][steps][3][32]
 * @param stride bytes of a token
 */
record LookupTables(MemorySegment tables, long stride) {
    /** Bytes of the three tables of a step. */
    static final int STEP_BYTES = 3 * 32 * Short.BYTES;

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

    /** Writes the tables of {@code segment} for one token of {@code x} at byte {@code at} of {@code out}. */
    static void build(Int8Rows x, int token, Segments segments, int segment, MemorySegment out, long at) {
        int columns = segments.columns(segment), whole = columns / 3, triples = segments.steps(segment) * 3;
        long from = x.offset(token) + segments.columnFrom(segment);
        build(x.values(), from, whole, out, at);
        for (int i = whole; i < triples; i++) {
            int left = columns - 3 * i;
            byte a = left > 0 ? x.values().get(JAVA_BYTE, from + 3L * i) : 0;
            byte b = left > 1 ? x.values().get(JAVA_BYTE, from + 3L * i + 1) : 0;
            buildOne(a, b, (byte) 0, out, at + 64L * i);
        }
    }

    private static void build(MemorySegment x, long from, int triples, MemorySegment out, long at) {
        ShortVector first = ShortVector.fromArray(WORDS, FIRST, 0);
        ShortVector second = ShortVector.fromArray(WORDS, SECOND, 0);
        ShortVector third = ShortVector.fromArray(WORDS, THIRD, 0);
        for (int i = 0; i < triples; i++) {
            long k = from + 3L * i;
            first.mul(x.get(JAVA_BYTE, k))
                    .add(second.mul(x.get(JAVA_BYTE, k + 1)))
                    .add(third.mul(x.get(JAVA_BYTE, k + 2)))
                    .intoMemorySegment(out, at + 64L * i, LITTLE_ENDIAN);
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
            int items = x.tokens() * segments.count();
            if (x.tokens() * segments.steps() * 3 < ALONE) build(rows, memory, 0, items);
            else
                team.run((worker, workers) -> {
                    Share share = Share.of(items, 1, worker, workers);
                    build(rows, memory, share.from(), share.to());
                });
        }

        private void build(Int8Rows rows, LookupTables memory, int from, int to) {
            for (int item = from; item < to; item++) {
                int token = item / segments.count(), segment = item % segments.count();
                long at = token * memory.stride() + (long) segments.stepFrom(segment) * STEP_BYTES;
                LookupTables.build(rows, token, segments, segment, memory.tables(), at);
            }
        }
    }
}
