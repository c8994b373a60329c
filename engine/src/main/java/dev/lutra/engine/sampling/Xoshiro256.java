package dev.lutra.engine.sampling;

import java.util.random.RandomGenerator;

/**
 * The generator xoshiro256++ 1.0 of Blackman and Vigna, its state filled from the seed by SplitMix64 as its authors advise.
 * Written out here because a seed's sequence is a promise to users, and the JDK makes none about how its generators seed.
 */
final class Xoshiro256 implements RandomGenerator {
    private long s0;
    private long s1;
    private long s2;
    private long s3;

    Xoshiro256(long seed) {
        this(splitMix(seed, 1), splitMix(seed, 2), splitMix(seed, 3), splitMix(seed, 4));
    }

    /** Starts from a state, which must not be all zeros. */
    Xoshiro256(long s0, long s1, long s2, long s3) {
        this.s0 = s0;
        this.s1 = s1;
        this.s2 = s2;
        this.s3 = s3;
    }

    /** The {@code n}-th output of SplitMix64, counted from 1. */
    private static long splitMix(long seed, int n) {
        long z = seed + n * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    @Override
    public long nextLong() {
        long result = Long.rotateLeft(s0 + s3, 23) + s0;
        long t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = Long.rotateLeft(s3, 45);
        return result;
    }

    /** The top 53 bits as a fraction in [0, 1). */
    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }
}
