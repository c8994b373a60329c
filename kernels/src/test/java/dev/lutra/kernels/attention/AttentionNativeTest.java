package dev.lutra.kernels.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.kernels.RandomFloats;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Under every instruction set of this machine, over every kind of cache. */
@ParameterizedClass(name = "{0}")
@MethodSource("dev.lutra.kernels.ffi.InstructionSet#all")
class AttentionNativeTest {
    private final Arena arena = Arena.ofShared();

    @RegisterExtension
    final InstructionSet isa;

    AttentionNativeTest(InstructionSet isa) {
        this.isa = isa;
    }

    @AfterEach
    void free() {
        arena.close();
    }

    /** Rows of the cache around its blocks of 64, groups that fill a tile of queries and groups that do not. */
    @ParameterizedTest
    @CsvSource({
        "F32, 1, 1, 1, 0, 1", "F16, 2, 1, 7, 0, 5", "F16, 14, 2, 64, 0, 33", "F16, 14, 2, 64, 130, 1",
        "Q8_0, 14, 2, 64, 63, 7", "Q8_0, 4, 4, 96, 60, 9", "F16, 12, 2, 128, 63, 2", "F16, 6, 2, 20, 64, 70",
        "F32, 3, 3, 5, 65, 66", "Q8_0, 12, 2, 128, 0, 129", "F16, 5, 1, 80, 1, 65"
    })
    void agreesWithTheSpecification(CacheType type, int heads, int kvHeads, int length, int before, int tokens) {
        Random random = new Random(heads + length);
        KvCache cache = new KvCache(arena, type, kvHeads, length, before + tokens + 3);
        cache.store(
                0,
                RandomFloats.gaussian(before + tokens, kvHeads * length, 1, random, arena),
                RandomFloats.gaussian(before + tokens, kvHeads * length, 1, random, arena));
        FloatMatrix q = RandomFloats.gaussian(tokens, heads * length, 1, random, arena);
        FloatMatrix expected = FloatMatrix.allocate(arena, tokens, heads * length);
        FloatMatrix actual = FloatMatrix.allocate(arena, tokens, heads * length);
        float scale = (float) (1 / Math.sqrt(length));
        try (Team team = Team.of(3);
                Team one = Team.of(1)) {
            new AttentionScalar().attend(q, before, cache, scale, expected, team);
            Attention attention = new AttentionNative();
            attention.attend(q, before, cache, scale, actual, team);
            for (int t = 0; t < tokens; t++)
                for (int i = 0; i < heads * length; i++)
                    assertEquals(expected.get(t, i), actual.get(t, i), 2e-6, "token " + t);
            for (int t = 0; t < tokens; t += 16) {
                FloatMatrix alone = FloatMatrix.allocate(arena, 1, heads * length);
                attention.attend(q.rows(t, 1), before + t, cache, scale, alone, one);
                for (int i = 0; i < heads * length; i++) assertEquals(actual.get(t, i), alone.get(0, i));
            }
        }
    }
}
