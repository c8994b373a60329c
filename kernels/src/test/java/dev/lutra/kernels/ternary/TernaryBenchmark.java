package dev.lutra.kernels.ternary;

import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.activation.Int8QuantizerScalar;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;

/** Measures ternary products: rows columns digits tokens threads. */
public final class TernaryBenchmark {
    public static void main(String[] args) {
        int rows = Integer.parseInt(args[0]), columns = Integer.parseInt(args[1]), digits = Integer.parseInt(args[2]);
        int tokens = Integer.parseInt(args[3]), threads = Integer.parseInt(args[4]);
        int copies = args.length > 5 ? Integer.parseInt(args[5]) : 1;
        try (Arena arena = Arena.ofShared();
                Team team = Team.of(threads)) {
            Random random = new Random(1);
            TernaryVector[] linears = new TernaryVector[copies];
            for (int i = 0; i < copies; i++)
                try (Arena temporary = Arena.ofShared()) {
                    linears[i] = new TernaryVector(
                            List.of(RandomDigits.uniform(rows, columns, digits, 96, random, temporary)), arena, team);
                }
            Activations x = new Activations(arena, tokens, columns, new Int8QuantizerScalar());
            FloatMatrix values = x.reset(tokens), y = FloatMatrix.allocate(arena, tokens, rows);
            for (int t = 0; t < tokens; t++)
                for (int k = 0; k < columns; k++) values.set(t, k, (float) random.nextGaussian());
            x.int8(team);
            double work = (double) rows * columns * tokens * copies, best = 1e9;
            long start = System.nanoTime();
            int reps = (int) Math.max(1, 2e8 / work);
            for (int round = 0; round < 1000 && System.nanoTime() - start < 3_000_000_000L; round++) {
                long begin = System.nanoTime();
                for (int i = 0; i < reps; i++) for (TernaryVector l : linears) l.multiply(x, y, team);
                double seconds = (System.nanoTime() - begin) * 1e-9 / reps;
                best = Math.min(best, seconds);
                if (round < 5)
                    System.out.printf(
                            "  round %d at %.3f s: %.1f GMAC/s%n",
                            round, (System.nanoTime() - start) * 1e-9, work / seconds / 1e9);
            }
            System.out.printf(
                    "%d x %d, %d digit(s), %d tokens, %d threads: %.1f GMAC/s, %.1f GB/s of weights%n",
                    rows,
                    columns,
                    digits,
                    tokens,
                    threads,
                    work / best / 1e9,
                    linears[0].weightBytes() * (double) copies / best / 1e9);
        }
    }
}
