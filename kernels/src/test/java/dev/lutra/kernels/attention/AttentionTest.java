package dev.lutra.kernels.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
    private final Arena arena = Arena.ofShared();

    static Stream<Attention> implementations() {
        Stream<Attention> java = Stream.of(new AttentionScalar(), new AttentionVector());
        return NativeLibrary.get().isAvailable() ? Stream.concat(java, Stream.of(new AttentionNative())) : java;
    }

    @AfterEach
    void free() {
        arena.close();
    }

    /** Heads, key-value heads, head length, positions before, tokens. */
    static Stream<int[]> shapes() {
        return Stream.of(
                new int[] {1, 1, 1, 0, 1},
                new int[] {2, 1, 7, 0, 5},
                new int[] {14, 2, 64, 0, 33},
                new int[] {14, 2, 64, 130, 1},
                new int[] {4, 4, 80, 60, 9},
                new int[] {12, 2, 128, 63, 2},
                new int[] {6, 2, 20, 64, 70},
                new int[] {3, 3, 5, 65, 66});
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void outputIsTheSoftmaxWeightedSum(int[] shape) {
        int heads = shape[0], kvHeads = shape[1], length = shape[2], before = shape[3], tokens = shape[4];
        Random random = new Random(length);
        FloatMatrix k = RandomFloats.gaussian(before + tokens, kvHeads * length, 1, random, arena);
        FloatMatrix v = RandomFloats.gaussian(before + tokens, kvHeads * length, 1, random, arena);
        FloatMatrix q = RandomFloats.gaussian(tokens, heads * length, 1, random, arena);
        KvCache cache = new KvCache(arena, CacheType.F32, kvHeads, length, before + tokens + 3);
        cache.store(0, k, v);
        float scale = (float) (1 / Math.sqrt(length));
        implementations().forEach(attention -> {
            FloatMatrix out = FloatMatrix.allocate(arena, tokens, heads * length);
            try (Team team = Team.of(2)) {
                attention.attend(q, before, cache, scale, out, team);
            }
            for (int t = 0; t < tokens; t++)
                for (int h = 0; h < heads; h++) {
                    double[] expected = reference(q, k, v, t, h, h / (heads / kvHeads), length, before + t + 1, scale);
                    for (int i = 0; i < length; i++)
                        assertEquals(expected[i], out.get(t, h * length + i), 2e-6, attention + " token " + t);
                }
        });
    }

    private static double[] reference(
            FloatMatrix q,
            FloatMatrix k,
            FloatMatrix v,
            int t,
            int h,
            int kvHead,
            int length,
            int positions,
            float scale) {
        double[] weights = new double[positions], out = new double[length];
        double total = 0;
        for (int p = 0; p < positions; p++) {
            double score = 0;
            for (int i = 0; i < length; i++) score += (double) q.get(t, h * length + i) * k.get(p, kvHead * length + i);
            total += weights[p] = Math.exp(score * scale);
        }
        for (int p = 0; p < positions; p++)
            for (int i = 0; i < length; i++) out[i] += weights[p] / total * v.get(p, kvHead * length + i);
        return out;
    }

    @ParameterizedTest
    @EnumSource(CacheType.class)
    void implementationsAgreeOverEveryCache(CacheType type) {
        int length = type == CacheType.Q8_0 ? 64 : 36, tokens = 90;
        Random random = new Random(2);
        KvCache cache = new KvCache(arena, type, 2, length, tokens);
        cache.store(
                0,
                RandomFloats.gaussian(tokens, 2 * length, 2, random, arena),
                RandomFloats.gaussian(tokens, 2 * length, 2, random, arena));
        FloatMatrix q = RandomFloats.gaussian(tokens, 6 * length, 2, random, arena);
        FloatMatrix expected = FloatMatrix.allocate(arena, tokens, 6 * length);
        FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 6 * length);
        try (Team team = Team.of(3)) {
            new AttentionScalar().attend(q, 0, cache, 0.1f, expected, team);
            new AttentionVector().attend(q, 0, cache, 0.1f, actual, team);
        }
        for (int t = 0; t < tokens; t++)
            for (int i = 0; i < 6 * length; i++) assertEquals(expected.get(t, i), actual.get(t, i), 1e-5);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void aTokenIsTheSameInEveryBatchAndTeam(Attention attention) {
        int tokens = 150, length = 32;
        Random random = new Random(3);
        KvCache cache = new KvCache(arena, CacheType.F16, 1, length, tokens);
        cache.store(
                0,
                RandomFloats.gaussian(tokens, length, 1, random, arena),
                RandomFloats.gaussian(tokens, length, 1, random, arena));
        FloatMatrix q = RandomFloats.gaussian(tokens, 5 * length, 1, random, arena);
        FloatMatrix together = FloatMatrix.allocate(arena, tokens, 5 * length);
        FloatMatrix alone = FloatMatrix.allocate(arena, tokens, 5 * length);
        try (Team one = Team.of(1);
                Team three = Team.of(3)) {
            attention.attend(q, 0, cache, 0.2f, together, one);
            for (int t = 0; t < tokens; t++)
                attention.attend(q.rows(t, 1), t, cache, 0.2f, alone.rows(t, 1), t % 2 == 0 ? one : three);
        }
        assertEquals(-1, together.segment().mismatch(alone.segment()));
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void laterPositionsAreNotSeen(Attention attention) {
        KvCache cache = new KvCache(arena, CacheType.F16, 1, 16, 100);
        Random random = new Random(4);
        FloatMatrix k = RandomFloats.gaussian(100, 16, 1, random, arena);
        cache.store(0, k, k);
        FloatMatrix q = RandomFloats.gaussian(1, 16, 1, random, arena);
        FloatMatrix first = FloatMatrix.allocate(arena, 1, 16), second = FloatMatrix.allocate(arena, 1, 16);
        FloatMatrix broken = FloatMatrix.allocate(arena, 90, 16);
        for (int t = 0; t < 90; t++) for (int i = 0; i < 16; i++) broken.set(t, i, Float.NaN);
        try (Team team = Team.of(1)) {
            attention.attend(q, 9, cache, 1, first, team);
            cache.store(10, broken, broken);
            attention.attend(q, 9, cache, 1, second, team);
        }
        assertEquals(-1, first.segment().mismatch(second.segment()));
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void wrongShapesAreRefused(Attention attention) {
        KvCache cache = new KvCache(arena, CacheType.F16, 2, 8, 10);
        try (Team team = Team.of(1)) {
            FloatMatrix q = FloatMatrix.allocate(arena, 2, 24), fits = FloatMatrix.allocate(arena, 2, 32);
            assertThrows(IllegalArgumentException.class, () -> attention.attend(q, 0, cache, 1, q, team));
            assertThrows(IllegalArgumentException.class, () -> attention.attend(fits, 9, cache, 1, fits, team));
            assertThrows(IllegalArgumentException.class, () -> attention.attend(fits, 0, cache, 1, q, team));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> cache.store(9, fits.columns(0, 16), fits.columns(0, 16)));
            assertThrows(IllegalArgumentException.class, () -> new KvCache(arena, CacheType.Q8_0, 2, 8, 10));
        }
    }
}
