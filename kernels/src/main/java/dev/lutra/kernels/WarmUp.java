package dev.lutra.kernels;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.attention.Attention;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.attention.KvCache;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.RmsNorm;
import dev.lutra.kernels.elementwise.Rope;
import dev.lutra.kernels.elementwise.RopeTable;
import dev.lutra.kernels.elementwise.Sum;
import dev.lutra.kernels.ffi.VocabularyTables;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.NativeCheck;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the Vector API kernels on tiny inputs until the JIT compiler has taken them up. Uncompiled, a vector operation costs a
 * thousand times as much as compiled, and real matrices would spend seconds in such code while the compiler is at work; tiny
 * ones reach its thresholds in a fraction of that, beside the reading of the model. Results are checked before, {@link Kernels#sound}, and after, {@link Kernels#requireSound}.
 * Native kernels need no more than to be called once: {@link #link}.
 */
final class WarmUp {
    /** Calls after which HotSpot's top tier has been asked for: 5000 invocations, fewer with loops. */
    private static final int CALLS = 5000;

    /** A tiny operation faster than this is compiled: it takes 1 to 4 microseconds then and 50 or more before. */
    private static final long COMPILED_NANOS = 8_000;

    private static final int TIMES = 5;
    private static final long DEADLINE_NANOS = 3_000_000_000L;
    private static final AtomicBoolean STARTED = new AtomicBoolean();
    private static final CompletableFuture<List<String>> VERDICT = new CompletableFuture<>();

    /** What has come out wrong once everything was compiled. */
    private static volatile List<String> compiledWrong = List.of();

    private final Kernels kernels;
    private final Arena arena;

    private WarmUp(Kernels kernels, Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
    }

    /** Starts a daemon thread that checks the kernels, warms them up, and checks what was compiled; once per process. */
    static void start() {
        if (STARTED.getAndSet(true)) return;
        Thread.ofPlatform().daemon().name("lutra-warm-up").start(() -> {
            try (Team alone = Team.of(1)) {
                // collected, not closed: closing shared memory throws away compiled code
                Kernels kernels = Kernels.withoutWarmUp(KernelKind.VECTOR, alone);
                VERDICT.complete(VectorCheck.wrong(kernels, Arena.ofAuto()));
                new WarmUp(kernels, Arena.ofAuto()).run();
                compiledWrong = VectorCheck.wrong(kernels, Arena.ofAuto());
            } catch (RuntimeException | Error e) {
                compiledWrong = List.of(e.toString());
                VERDICT.complete(compiledWrong);
            }
        });
    }

    /**
     * The operations that give wrong results on this JVM; waits for the first check, which is through before a model is read.
     * Empty when nothing has asked for it.
     */
    static List<String> wrong() {
        if (!STARTED.get()) return List.of();
        List<String> first = VERDICT.join();
        return first.isEmpty() ? compiledWrong : first;
    }

    /** Those that gave right results before they were compiled and give wrong ones now. Waits for nothing. */
    static List<String> compiledWrong() {
        return compiledWrong;
    }

    /**
     * Calls each native operation once on a daemon thread: the library is loaded and checked, and the JVM makes the code that
     * passes arguments to it, which takes longer than a small model's first token.
     */
    static void link() {
        Thread.ofPlatform().daemon().name("lutra-link").start(() -> {
            if (NativeCheck.failure().isPresent()) return;
            VocabularyTables.prepare();
            try (Team alone = Team.of(1)) {
                WarmUp once = new WarmUp(Kernels.withoutWarmUp(KernelKind.NATIVE, alone), Arena.ofAuto());
                for (Runnable operation : once.operations()) operation.run();
            }
        });
    }

    private List<Runnable> operations() {
        List<Runnable> operations = new ArrayList<>();
        product(ternary(1, 18), operations);
        product(blocks(GgmlType.Q8_0), operations);
        elementwise(operations);
        attention(operations);
        return operations;
    }

    private void run() {
        List<Runnable> operations = operations();
        product(ternary(2, 18), operations);
        product(blocks(GgmlType.F16), operations);
        product(blocks(GgmlType.Q6_K), operations);
        int[] fast = new int[operations.size()];
        long end = System.nanoTime() + DEADLINE_NANOS;
        for (int call = 0; System.nanoTime() < end; call++) {
            boolean done = true;
            for (int i = 0; i < fast.length; i++) {
                if (fast[i] >= TIMES) continue;
                done = false;
                long start = System.nanoTime();
                operations.get(i).run();
                fast[i] = System.nanoTime() - start < COMPILED_NANOS ? fast[i] + 1 : 0;
            }
            if (done) return;
            // asked for everything: leave the processor to the compiler
            if (call > CALLS) LockSupport.parkNanos(1_000_000);
        }
    }

    private Linear ternary(int digits, int columns) {
        return kernels.ternary(List.of(DigitMatrix.allocate(128, columns, digits, columns, arena)), arena);
    }

    /** As few columns as there can be, and rows whose sums are added up together. */
    private Linear blocks(GgmlType type) {
        int rows = 16, columns = Math.ceilDiv(32, type.blockLength()) * type.blockLength();
        MemorySegment data = arena.allocate(type.byteSize(columns, rows).orElseThrow(), FloatMatrix.ALIGNMENT);
        return kernels.blocks(RowCodecs.of(type), data, rows, columns);
    }

    /** One token and eight. */
    private void product(Linear linear, List<Runnable> operations) {
        for (int tokens : new int[] {1, 8}) {
            Activations x = kernels.activations(arena, tokens, linear.columns());
            FloatMatrix y = FloatMatrix.allocate(arena, tokens, linear.rows());
            operations.add(() -> {
                x.reset(tokens);
                linear.multiply(x, y, kernels.team());
            });
        }
    }

    private void elementwise(List<Runnable> operations) {
        Team team = kernels.team();
        FloatMatrix x = FloatMatrix.allocate(arena, 1, 64), y = FloatMatrix.allocate(arena, 1, 64);
        RmsNorm norm = kernels.rmsNorm();
        Gate gate = kernels.gate();
        Rope rope = kernels.rope();
        Sum sum = kernels.sum();
        RopeTable angles = RopeTable.of(64, 10000, 1);
        float[] weight = new float[64];
        operations.add(() -> norm.apply(x, weight, 1e-6f, y, team));
        operations.add(() -> gate.apply(Gate.Activation.SILU, x, x, y, team));
        operations.add(() -> rope.apply(x, 64, 0, angles, team));
        operations.add(() -> sum.add(x, y, team));
    }

    private void attention(List<Runnable> operations) {
        Attention attention = kernels.attention();
        KvCache cache = new KvCache(arena, CacheType.F16, 1, 64, 8);
        FloatMatrix x = FloatMatrix.allocate(arena, 4, 64), y = FloatMatrix.allocate(arena, 4, 64);
        operations.add(() -> cache.store(0, x, x));
        operations.add(() -> attention.attend(x, 0, cache, 1, y, kernels.team()));
    }
}
