package dev.lutra.kernels.probe;

import dev.lutra.kernels.ffi.NativeLibrary;
import dev.lutra.kernels.ffi.generated.Lutra;
import dev.lutra.kernels.team.Team;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * How many int8 multiply-adds a team does per second when nothing else has to be done, in the fastest instruction of the active
 * set (tile multiplication, dot product, or a chain of narrower ones): the ceiling of prefill.
 */
public final class Int8Peak {
    private static final int PASSES = 6;
    private static final double PASS_SECONDS = 0.05;

    private Int8Peak() {}

    /** Multiply-adds per second of all members of {@code team} together; empty without the native library. */
    public static OptionalDouble measure(Team team) {
        if (!NativeLibrary.get().isAvailable()) return OptionalDouble.empty();
        LongSupplier clock = TeamClock.of(team);
        long rounds = 1 << 12;
        while (seconds(team, rounds, clock) < PASS_SECONDS) rounds *= 2;
        double best = Double.POSITIVE_INFINITY;
        for (int pass = 0; pass < PASSES; pass++) best = Math.min(best, seconds(team, rounds, clock));
        return OptionalDouble.of(team.size() * (double) Lutra.lutra_peak(1) * rounds / best);
    }

    private static double seconds(Team team, long rounds, LongSupplier clock) {
        long start = clock.getAsLong();
        team.run((worker, workers) -> Lutra.lutra_peak(rounds));
        return (clock.getAsLong() - start) * 1e-9;
    }
}
