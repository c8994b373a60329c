package dev.lutra.kernels;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.attention.Attention;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.attention.KvCache;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.probe.ReadBandwidth;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.RandomDigits;
import dev.lutra.quant.RowCodec;
import dev.lutra.quant.codec.RowCodecs;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures kernels alone: multiply-adds per second, bytes of weights per second and their share of the read bandwidth that the
 * same run measured. Every figure is the best of the rounds that fit the time.
 *
 * <p>Arguments: kernel kind, threads, then any of {@code ternary}, {@code memory}, {@code prefill}, {@code blocks},
 * {@code attention}, {@code layout} (all when none is given). Start it with {@code --add-modules jdk.incubator.vector}.
 */
public final class KernelBenchmark {
    /** Rows and columns: 0.5B query-key-value, gate-up, down; 1.5B gate-up; 7B down. */
    private static final int[][] SHAPES = {{1152, 896}, {9728, 896}, {896, 4864}, {17920, 1536}, {3584, 18944}};

    private static final double SECONDS = 2.5;

    /** Before anything is measured, so that kernels are compiled. */
    private static final double WARM_UP_SECONDS = 8;

    private final Kernels kernels;
    private final double bandwidth;
    private final Random random = new Random(1);
    private boolean warm;

    private KernelBenchmark(Kernels kernels, double bandwidth) {
        this.kernels = kernels;
        this.bandwidth = bandwidth;
    }

    public static void main(String[] args) {
        KernelKind kind = KernelKind.valueOf(args[0].toUpperCase(Locale.ROOT));
        List<String> parts = List.of(args).subList(2, args.length);
        try (Team team = Team.of(Integer.parseInt(args[1]))) {
            double bandwidth = ReadBandwidth.measure(team, ReadBandwidth.MEMORY_BYTES, 12, () -> clock(team))
                    .bytesPerSecond();
            System.out.printf("%s kernels, %d threads, read bandwidth %.1f GB/s%n", kind, team.size(), bandwidth / 1e9);
            KernelBenchmark benchmark = new KernelBenchmark(Kernels.of(kind, team), bandwidth);
            if (parts.isEmpty() || parts.contains("ternary")) benchmark.ternary(1, false);
            if (parts.isEmpty() || parts.contains("memory")) benchmark.ternary(1, true);
            if (parts.isEmpty() || parts.contains("prefill")) benchmark.ternary(64, false);
            if (parts.isEmpty() || parts.contains("blocks")) benchmark.blocks();
            if (parts.isEmpty() || parts.contains("attention")) benchmark.attention();
            if (parts.isEmpty() || parts.contains("layout")) benchmark.layout();
        }
    }

    private void ternary(int tokens, boolean fromMemory) {
        for (int[] shape : SHAPES)
            for (int digits = 1; digits <= 3; digits++)
                try (Arena arena = Arena.ofShared()) {
                    List<Linear> linears = new ArrayList<>();
                    long bytes = 0;
                    do {
                        linears.add(ternary(shape[0], shape[1], digits, arena));
                        bytes += linears.getLast().weightBytes();
                    } while (fromMemory && bytes < 96L << 20);
                    product(linears, tokens, digits + " digit(s)");
                }
    }

    private Linear ternary(int rows, int columns, int digits, Arena arena) {
        try (Arena source = Arena.ofShared()) {
            return kernels.ternary(List.of(RandomDigits.uniform(rows, columns, digits, 96, random, source)), arena);
        }
    }

    private void blocks() {
        for (GgmlType type :
                List.of(GgmlType.Q8_0, GgmlType.Q6_K, GgmlType.Q4_0, GgmlType.F16, GgmlType.BF16, GgmlType.F32))
            for (int tokens : new int[] {1, 64})
                try (Arena arena = Arena.ofShared()) {
                    int rows = tokens == 1 ? 151936 : 4864, columns = 896 % type.blockLength() == 0 ? 896 : 1024;
                    RowCodec codec = RowCodecs.of(type);
                    MemorySegment data = encoded(codec, rows, columns, arena);
                    product(List.of(kernels.blocks(codec, data, rows, columns)), tokens, type.label());
                }
    }

    private MemorySegment encoded(RowCodec codec, int rows, int columns, Arena arena) {
        long rowBytes = codec.type().byteSize(columns, 1).orElseThrow();
        MemorySegment data = arena.allocate(rows * rowBytes, 64), some = data.asSlice(0, 64 * rowBytes);
        for (int r = 0; r < 64; r++)
            codec.encode(RandomFloats.gaussian(columns, random), 0, columns, null, data, r * rowBytes);
        for (int r = 64; r + 64 <= rows; r += 64)
            data.asSlice(r * rowBytes, some.byteSize()).copyFrom(some);
        return data;
    }

    private void product(List<Linear> linears, int tokens, String format) {
        int rows = linears.getFirst().rows(), columns = linears.getFirst().columns();
        try (Arena arena = Arena.ofShared()) {
            Activations x = kernels.activations(arena, tokens, columns);
            RandomFloats.fill(x.reset(tokens), 1, random);
            FloatMatrix input = RandomFloats.copy(x.values(), arena), y = FloatMatrix.allocate(arena, tokens, rows);
            double best = best(() -> {
                x.reset(tokens).segment().copyFrom(input.segment());
                for (Linear linear : linears) linear.multiply(x, y, kernels.team());
            });
            double work = (double) rows * columns * tokens * linears.size();
            double bytes = (double) linears.getFirst().weightBytes() * linears.size();
            System.out.printf(
                    "%-12s %6d x %5d, %2d token(s), %5.1f MB: %8.1f us %7.1f GMAC/s %6.1f GB/s %4.0f %%%n",
                    format,
                    rows,
                    columns,
                    tokens,
                    bytes / 1e6,
                    best / linears.size() * 1e6,
                    work / best / 1e9,
                    bytes / best / 1e9,
                    100 * bytes / best / bandwidth);
        }
    }

    private void attention() {
        Attention attention = kernels.attention();
        for (CacheType type : CacheType.values())
            for (int[] batch : new int[][] {{511, 1}, {4095, 1}, {0, 512}})
                try (Arena arena = Arena.ofShared()) {
                    int before = batch[0], tokens = batch[1];
                    KvCache cache = new KvCache(arena, type, 2, 64, before + tokens);
                    FloatMatrix kv = RandomFloats.gaussian(before + tokens, 128, 1, random, arena);
                    cache.store(0, kv, kv);
                    FloatMatrix q = RandomFloats.gaussian(tokens, 896, 1, random, arena);
                    FloatMatrix out = FloatMatrix.allocate(arena, tokens, 896);
                    double best = best(() -> attention.attend(q, before, cache, 0.125f, out, kernels.team()));
                    double work = 2.0 * 896 * tokens * (before + (tokens + 1) / 2.0);
                    System.out.printf(
                            "attention over %s, %d token(s) behind %d: %.1f us, %.1f GMAC/s%n",
                            type, tokens, before, best * 1e6, work / best / 1e9);
                }
    }

    private void layout() {
        for (int digits = 1; digits <= 3; digits++)
            try (Arena source = Arena.ofShared()) {
                List<DigitMatrix> matrix = List.of(RandomDigits.uniform(9728, 896, digits, 96, random, source));
                double best = best(() -> {
                    try (Arena arena = Arena.ofShared()) {
                        kernels.ternary(matrix, arena);
                    }
                });
                System.out.printf(
                        "layout of 9728 x 896 with %d digit(s): %.2f ms, %.0f million trits/s%n",
                        digits, best * 1e3, 9728 * 896 * digits / best / 1e6);
            }
    }

    private double best(Runnable work) {
        double best = Double.POSITIVE_INFINITY;
        long start = System.nanoTime();
        double seconds = warm ? SECONDS : WARM_UP_SECONDS;
        warm = true;
        for (int round = 0; round < 8 || (System.nanoTime() - start) * 1e-9 < seconds; round++) {
            long begin = clock(kernels.team());
            work.run();
            best = Math.min(best, (clock(kernels.team()) - begin) * 1e-9);
        }
        return best;
    }

    /** Of one thread the processor time, which other processes disturb less than the time of day. */
    private static long clock(Team team) {
        return team.size() == 1 ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() : System.nanoTime();
    }
}
