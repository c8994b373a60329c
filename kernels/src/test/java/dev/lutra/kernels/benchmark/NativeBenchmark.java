package dev.lutra.kernels.benchmark;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.lutra.gguf.type.GgmlType;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.block.BlockNative;
import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.WeightMemory;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Share;
import dev.lutra.kernels.team.Team;
import dev.lutra.kernels.ternary.NativeLayout;
import dev.lutra.kernels.ternary.TernaryNative;
import dev.lutra.quant.ternary.DigitMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Speed of the native matrix products: {@code NativeBenchmark [THREADS]}. Every figure is the best of many passes, from
 * memory (more weights than caches hold) and, for one matrix, from cache; beside it the share of the read bandwidth that
 * the same threads reach in the same run.
 */
final class NativeBenchmark {
    private static final long FROM_MEMORY = 96L << 20;
    private static final long PASSES_NANOS = 700_000_000L;

    private final Team team;
    private final Kernels kernels;
    private final double bandwidth;

    private NativeBenchmark(Team team) {
        this.team = team;
        kernels = Kernels.of(KernelKind.NATIVE, team);
        bandwidth = readBandwidth();
    }

    public static void main(String[] args) {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 1;
        try (Team team = Team.of(threads)) {
            NativeBenchmark benchmark = new NativeBenchmark(team);
            System.out.printf(
                    Locale.ROOT,
                    "%d thread(s), %s, read bandwidth %.1f GB/s%n",
                    threads,
                    NativeLibrary.get().isa(),
                    benchmark.bandwidth);
            for (int digits = 1; digits <= 3; digits++)
                for (NativeLayout layout : NativeLayout.fast(digits)) benchmark.ternary(4864, 896, digits, layout);
            benchmark.ternary(896, 4864, 1, NativeLayout.preferred(1));
            benchmark.blocks(GgmlType.Q8_0, 151_936, 896);
            benchmark.blocks(GgmlType.Q4_0, 151_936, 896);
        }
    }

    private void ternary(int rows, int columns, int digits, NativeLayout layout) {
        try (Arena arena = Arena.ofShared();
                Arena source = Arena.ofShared()) {
            DigitMatrix matrix = random(rows, columns, digits, source);
            TernaryNative first = new TernaryNative(List.of(matrix), layout, arena, team);
            List<Linear> many = new ArrayList<>(List.of(first));
            while (many.size() * first.weightBytes() < FROM_MEMORY)
                many.add(new TernaryNative(List.of(matrix), layout, arena, team));
            measure(List.of(first), 1, "in cache");
            measure(many, 1, "from memory");
            measure(List.of(first), 512, "512 tokens");
        }
    }

    private void blocks(GgmlType type, int rows, int columns) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment data = arena.allocate(type.byteSize(columns, rows).orElseThrow(), 64);
            Random random = new Random(1);
            for (long i = 0; i + 8 <= data.byteSize(); i += 8) data.set(JAVA_LONG, i, random.nextLong());
            for (long i = 0; i < data.byteSize(); i += type.blockBytes())
                data.set(JAVA_SHORT_UNALIGNED, i, Float.floatToFloat16(0.01f));
            measure(List.of(new BlockNative(type, data, rows, columns)), 1, "from memory");
            measure(List.of(new BlockNative(type, data, 4864, columns)), 512, "512 tokens");
        }
    }

    private void measure(List<? extends Linear> linears, int tokens, String how) {
        Linear shape = linears.getFirst();
        try (Arena arena = Arena.ofShared()) {
            Activations x = kernels.activations(arena, tokens, shape.columns());
            FloatMatrix y = FloatMatrix.allocate(arena, tokens, shape.rows());
            Random random = new Random(2);
            FloatMatrix values = x.reset(tokens);
            for (int t = 0; t < tokens; t++)
                for (int k = 0; k < shape.columns(); k++) values.set(t, k, (float) random.nextGaussian());
            int repeats = tokens == 1 && linears.size() == 1 && shape.weightBytes() < FROM_MEMORY / 4 ? 50 : 1;
            double seconds = best(() -> {
                        for (int i = 0; i < repeats; i++) for (Linear linear : linears) linear.multiply(x, y, team);
                    })
                    / repeats;
            double products = (double) shape.rows() * shape.columns() * tokens * linears.size();
            double rate = (double) shape.weightBytes() * linears.size() / seconds * 1e-9;
            System.out.printf(
                    Locale.ROOT,
                    "%-34s %6d x %-5d %-12s %7.1f GMAC/s",
                    shape.describe(),
                    shape.rows(),
                    shape.columns(),
                    how,
                    products / seconds * 1e-9);
            if (tokens == 1) System.out.printf(Locale.ROOT, " %6.1f GB/s %4.0f %%", rate, 100 * rate / bandwidth);
            System.out.println();
        }
    }

    private static double best(Runnable pass) {
        double best = Double.MAX_VALUE;
        long end = System.nanoTime() + PASSES_NANOS;
        for (int i = 0; i < 3 || System.nanoTime() < end; i++) {
            long start = System.nanoTime();
            pass.run();
            best = Math.min(best, (System.nanoTime() - start) * 1e-9);
        }
        return best;
    }

    /** GB/s of all threads, each adding up its share of a buffer larger than the caches. */
    private double readBandwidth() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = WeightMemory.allocate(arena, 256L << 20);
            buffer.fill((byte) 1);
            int lines = (int) (buffer.byteSize() / 64);
            double seconds = best(() -> team.run((worker, workers) -> {
                Share share = Share.of(lines, 1, worker, workers);
                Lutra.lutra_read(buffer.asSlice(share.from() * 64L), share.size() * 64L);
            }));
            return buffer.byteSize() / seconds * 1e-9;
        }
    }

    private static DigitMatrix random(int rows, int columns, int digits, Arena arena) {
        Random random = new Random(3);
        DigitMatrix matrix = DigitMatrix.allocate(rows, columns, digits, 96, arena);
        MemorySegment planes = matrix.planes();
        for (long i = 0; i < planes.byteSize(); i++) planes.set(JAVA_BYTE, i, (byte) (random.nextInt(3) - 1));
        if (digits > 1) return matrix;
        return new DigitMatrix(rows, columns, 1, columns, planes, null, matrix.rowScales());
    }
}
