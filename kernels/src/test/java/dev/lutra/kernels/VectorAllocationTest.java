package dev.lutra.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.RandomDigits;
import dev.lutra.kernels.ternary.TernaryMultiply;
import dev.lutra.quant.codec.RowCodecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compiled Vector API kernels allocate nothing per vector. When C2 does not inline a method that takes or returns one, it is
 * boxed, results stay right, and the loop is five to ten times slower: allocation is how that shows, whatever the machine's
 * speed.
 */
class VectorAllocationTest {
    /** A product of one token boxes thousands of vectors if it boxes any. */
    private static final long MOST_BYTES = 4096;

    private static final int ROWS = 256;
    private static final long DEADLINE_NANOS = 60_000_000_000L;

    private final Arena arena = Arena.ofShared();
    private final Team team = Team.of(1);
    private final Kernels kernels = Kernels.withoutWarmUp(KernelKind.VECTOR, team);

    @AfterEach
    void free() {
        team.close();
        arena.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            names = {"Q8_0", "Q4_0", "Q6_K", "F16", "BF16", "F32"})
    void productsOfBlocks(GgmlType type) {
        int columns = 512;
        MemorySegment data = arena.allocate(type.byteSize(columns, ROWS).orElseThrow(), FloatMatrix.ALIGNMENT);
        check(type.label(), kernels.blocks(RowCodecs.of(type), data, ROWS, columns), 1);
        check(type.label(), kernels.blocks(RowCodecs.of(type), data, ROWS, columns), 8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void productsOfDigits(int digits) {
        var matrix = List.of(RandomDigits.uniform(ROWS, 384, digits, 96, new Random(1), arena));
        check(digits + " digits", kernels.ternary(matrix, arena), 1);
        check(digits + " digits", kernels.ternary(matrix, arena), 8);
        check(digits + " digits, multiply-add", new TernaryMultiply(matrix, arena, team), 1);
    }

    /** Repeats until a product allocates little, which is as soon as it is compiled. */
    private void check(String name, Linear linear, int tokens) {
        Activations x = kernels.activations(arena, tokens, linear.columns());
        FloatMatrix y = FloatMatrix.allocate(arena, tokens, linear.rows());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + DEADLINE_NANOS, allocated;
        do {
            x.reset(tokens);
            long before = threads.getCurrentThreadAllocatedBytes();
            linear.multiply(x, y, team);
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        } while (allocated > MOST_BYTES && System.nanoTime() < end);
        long least = allocated;
        assertTrue(
                least <= MOST_BYTES,
                () -> name + ", " + tokens + " token(s), " + linear.describe() + ": " + least + " bytes a product");
    }
}
