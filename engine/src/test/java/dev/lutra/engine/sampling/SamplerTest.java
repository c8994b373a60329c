package dev.lutra.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.kernels.memory.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplerTest {
    private static final SamplingParameters PLAIN =
            SamplingParameters.greedy().withTemperature(1).withSeed(11);

    static Stream<SamplingParameters> settings() {
        return Stream.of(
                PLAIN,
                PLAIN.withTemperature(0.6f),
                PLAIN.withTemperature(2.5f),
                PLAIN.withTopK(5),
                PLAIN.withTopK(1000),
                PLAIN.withTopP(0.7f),
                PLAIN.withTopP(0.9999f),
                PLAIN.withMinP(0.1f),
                PLAIN.withTopK(12).withTopP(0.8f),
                PLAIN.withTopP(0.95f).withMinP(0.05f).withTemperature(1.7f),
                PLAIN.withTopK(8).withTopP(0.9f).withMinP(0.2f).withTemperature(0.7f),
                PLAIN.withRepeatPenalty(1.3f).withTopK(10),
                PLAIN.withRepeatPenalty(1.1f).withPenalties(0.4f, 0.7f, -1).withTopP(0.9f),
                PLAIN.withPenalties(0.5f, 0, 3).withMinP(0.02f),
                PLAIN.withTemperature(0).withRepeatPenalty(2f),
                SamplingParameters.defaults(5));
    }

    /** Frequencies of many draws against the distribution of the reference: what is cut, and how likely the rest is. */
    @ParameterizedTest
    @MethodSource("settings")
    void drawsFromTheReferenceDistribution(SamplingParameters parameters) {
        int vocabulary = 60;
        float[] logits = logits(vocabulary, 3);
        List<Integer> tokens = List.of(4, 9, 9, 17, 4, 9, 30, 31);
        Sampler sampler = new Sampler(parameters, vocabulary);
        tokens.forEach(sampler::accept);
        int draws = 40_000;
        int[] counts = new int[vocabulary];
        for (int i = 0; i < draws; i++) {
            counts[sampler.sample(logits)]++;
        }
        int outside = draws;
        for (ReferenceSampler.Choice choice : ReferenceSampler.distribution(logits, parameters, tokens)) {
            double p = choice.probability();
            double deviation = Math.sqrt(draws * p * (1 - p));
            assertEquals(draws * p, counts[choice.token()], 4.5 * deviation + 1, () -> "token " + choice.token());
            outside -= counts[choice.token()];
        }
        assertEquals(0, outside, "draws of tokens that the reference cuts");
    }

    /** Every kept token comes up when the temperature levels their differences: the cuts are exact, for many shapes. */
    @Test
    void keepsExactlyWhatTheReferenceKeeps() {
        Random random = new Random(20);
        for (int round = 0; round < 300; round++) {
            int vocabulary = 1 + random.nextInt(300);
            float[] logits = logits(vocabulary, random.nextLong());
            SamplingParameters parameters = PLAIN.withTopK(random.nextBoolean() ? 0 : 1 + random.nextInt(20))
                    .withTopP(random.nextBoolean() ? 1 : 0.3f + 0.6f * random.nextFloat())
                    .withMinP(random.nextBoolean() ? 0 : 0.5f * random.nextFloat())
                    .withTemperature(1e9f);
            List<Integer> kept = ReferenceSampler.distribution(logits, parameters, List.of()).stream()
                    .map(ReferenceSampler.Choice::token)
                    .sorted()
                    .toList();
            if (kept.size() > 25) {
                continue; // too many to see all of them in few draws
            }
            Sampler sampler = new Sampler(parameters, vocabulary);
            List<Integer> drawn = IntStream.range(0, 500)
                    .map(i -> sampler.sample(logits))
                    .distinct()
                    .sorted()
                    .boxed()
                    .toList();
            assertEquals(kept, drawn, () -> parameters + " on " + vocabulary);
        }
    }

    @Test
    void drawsTheSameAgainFromTheSameSeed() {
        SamplingParameters parameters = SamplingParameters.defaults(1234).withRepeatPenalty(1.1f);
        List<int[]> runs = new ArrayList<>();
        for (int run = 0; run < 10; run++) {
            Sampler sampler = new Sampler(parameters, 500);
            runs.add(IntStream.range(0, 200)
                    .map(i -> {
                        int token = sampler.sample(logits(500, i));
                        sampler.accept(token);
                        return token;
                    })
                    .toArray());
        }
        for (int[] run : runs) {
            assertArrayEquals(runs.getFirst(), run);
        }
    }

    @Test
    void leavesTheLogitsAsTheyAre() {
        float[] logits = logits(100, 1);
        float[] before = logits.clone();
        Sampler sampler = new Sampler(PLAIN.withRepeatPenalty(1.5f), 100);
        sampler.accept(3);
        sampler.sample(logits);
        assertArrayEquals(before, logits);
    }

    @Test
    void readsARowOfAMatrix() {
        try (Arena arena = Arena.ofConfined()) {
            FloatMatrix matrix = FloatMatrix.allocate(arena, 3, 50);
            matrix.set(1, 17, 5f);
            assertEquals(17, new Sampler(SamplingParameters.greedy(), 50).sample(matrix, 1));
        }
    }

    @Test
    void takesTheFirstOfEquallyLikelyTokens() {
        float[] logits = new float[40];
        logits[0] = -1;
        logits[7] = -0f;
        assertEquals(1, new Sampler(SamplingParameters.greedy(), 40).sample(logits));
        Sampler two = new Sampler(PLAIN.withTopK(2), 40);
        assertEquals(
                List.of(1, 2),
                IntStream.range(0, 100)
                        .map(i -> two.sample(logits))
                        .distinct()
                        .sorted()
                        .boxed()
                        .toList());
    }

    @Test
    void penalizesOnlyTheWindow() {
        float[] logits = {1, 2, 3};
        Sampler sampler = new Sampler(SamplingParameters.greedy().withPenalties(0, 10, 2), 3);
        sampler.accept(2);
        assertEquals(1, sampler.sample(logits));
        sampler.accept(1);
        assertEquals(0, sampler.sample(logits));
        sampler.accept(0);
        assertEquals(2, sampler.sample(logits), "2 has left the window");
        sampler.clear();
        assertEquals(2, sampler.sample(logits));
    }

    @Test
    void keepsOneTokenWhateverIsCut() {
        float[] logits = {Float.NEGATIVE_INFINITY, -100, Float.NEGATIVE_INFINITY};
        for (SamplingParameters parameters :
                List.of(PLAIN, PLAIN.withTopP(1e-6f), PLAIN.withMinP(1), PLAIN.withTopK(2))) {
            assertEquals(1, new Sampler(parameters, 3).sample(logits));
        }
    }

    @Test
    void refusesBrokenLogits() {
        for (SamplingParameters parameters :
                List.of(PLAIN, SamplingParameters.greedy(), SamplingParameters.defaults(1))) {
            Sampler sampler = new Sampler(parameters, 3);
            for (int at = 0; at < 3; at++) {
                float[] logits = {1, 2, 3};
                logits[at] = Float.NaN;
                String message = assertThrows(IllegalArgumentException.class, () -> sampler.sample(logits))
                        .getMessage();
                assertTrue(message.startsWith("the logit of token " + at + " is NaN"), message);
                logits[at] = Float.POSITIVE_INFINITY;
                assertThrows(IllegalArgumentException.class, () -> sampler.sample(logits));
            }
            float minus = Float.NEGATIVE_INFINITY;
            assertThrows(IllegalArgumentException.class, () -> sampler.sample(new float[] {minus, minus, minus}));
            assertThrows(IllegalArgumentException.class, () -> sampler.sample(new float[4]));
        }
    }

    @Test
    void refusesParametersOutOfRange() {
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withTemperature(-1));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withTemperature(Float.NaN));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withTopK(-1));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withTopP(0));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withTopP(1.01f));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withMinP(-0.1f));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withRepeatPenalty(0));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withPenalties(0, Float.NaN, 1));
        assertThrows(IllegalArgumentException.class, () -> PLAIN.withPenalties(0, 0, -2));
    }

    private static float[] logits(int count, long seed) {
        Random random = new Random(seed);
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = 2 * (float) random.nextGaussian();
        }
        return logits;
    }
}
