package dev.lutra.lutgen.measure;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.probe.TeamClock;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Times matrix products as a layer runs them: everything that follows from new activations is part of it, quantization and
 * tables too. The figure is the best of many passes, which other processes disturb least.
 */
public final class ProductTimer {
    /** Passes are grouped until they take so long, so that the clock's own cost vanishes. */
    private static final long GROUP_NANOS = 200_000;

    private static final int MOST_WINDOWS = 8;
    private static final double STEADY = 0.9;

    private final Kernels kernels;
    private final double warmUpSeconds;
    private final double seconds;

    /**
     * @param warmUpSeconds passes that do not count, for as long at least, and on while they get faster
     * @param seconds passes that count, for as long
     */
    public ProductTimer(Kernels kernels, double warmUpSeconds, double seconds) {
        this.kernels = kernels;
        this.warmUpSeconds = warmUpSeconds;
        this.seconds = seconds;
    }

    /**
     * Seconds of one product of {@code tokens} tokens by a matrix.
     *
     * @param linears matrices of one shape, multiplied one after the other: as many as caches cannot hold measure memory
     */
    public double seconds(List<? extends Linear> linears, int tokens) {
        Linear shape = linears.getFirst();
        try (Arena arena = Arena.ofShared()) {
            Activations x = kernels.activations(arena, tokens, shape.columns());
            FloatMatrix y = FloatMatrix.allocate(arena, tokens, shape.rows());
            FloatMatrix values = x.reset(tokens);
            SplittableRandom random = new SplittableRandom(1);
            for (int t = 0; t < tokens; t++)
                for (int k = 0; k < shape.columns(); k++)
                    values.segment().set(JAVA_FLOAT, values.offset(t) + 4L * k, (float) random.nextGaussian());
            Runnable pass = () -> {
                for (Linear linear : linears) {
                    x.reset(tokens);
                    linear.multiply(x, y, kernels.team());
                }
            };
            warmUp(pass);
            int group = (int) Math.clamp(GROUP_NANOS * 1e-9 / best(pass, 1, 0), 1, 1000);
            return best(pass, group, seconds) / linears.size();
        }
    }

    /** Until a window of passes is no longer much faster than the one before: then the compiler has done its work. */
    private void warmUp(Runnable pass) {
        double before = best(pass, 1, warmUpSeconds);
        for (int window = 1; window < MOST_WINDOWS; window++) {
            double now = best(pass, 1, warmUpSeconds);
            if (now > STEADY * before) return;
            before = now;
        }
    }

    private double best(Runnable pass, int group, double seconds) {
        LongSupplier clock = TeamClock.of(kernels.team());
        double best = Double.POSITIVE_INFINITY;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        int rounds = 0;
        do {
            long start = clock.getAsLong();
            for (int i = 0; i < group; i++) pass.run();
            best = Math.min(best, (clock.getAsLong() - start) * 1e-9 / group);
        } while (++rounds < 3 || System.nanoTime() < end);
        return best;
    }
}
