package dev.lutra.tools.benchmark;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.kernels.attention.CacheType;
import java.util.SplittableRandom;

/** Times one model on random tokens. Tokenizing and sampling are left out, as in llama-bench. */
public final class ModelBenchmark {
    /** Time that warming up takes at least: the JIT compiler needs about a second to reach the kernels' full speed. */
    private static final long WARMUP_NANOS = 1_500_000_000;

    private final Transformer transformer;
    private final CacheType cacheType;
    private final int batch;

    /** @param batch tokens that are prefilled together */
    public ModelBenchmark(Transformer transformer, CacheType cacheType, int batch) {
        if (batch < 1) throw new IllegalArgumentException("-b must be positive, not " + batch);
        this.transformer = transformer;
        this.cacheType = cacheType;
        this.batch = Math.min(batch, Transformer.BATCH);
    }

    /**
     * Runs {@code test} several times.
     *
     * @return nanoseconds of each repetition
     */
    public long[] run(BenchmarkTest test, int repetitions, boolean warmUp) {
        SplittableRandom random = new SplittableRandom(1);
        int[] tokens = random.ints(
                        test.depth() + test.tokens(), 0, transformer.config().vocabulary())
                .toArray();
        long[] nanos = new long[repetitions];
        try (Sequence sequence = transformer.newSequence(cacheType, tokens.length)) {
            prefill(tokens, 0, test.depth(), sequence);
            if (warmUp) {
                long end = System.nanoTime() + WARMUP_NANOS;
                do work(test, tokens, sequence, true);
                while (System.nanoTime() < end);
            }
            for (int i = 0; i < repetitions; i++) {
                long start = System.nanoTime();
                work(test, tokens, sequence, false);
                nanos[i] = System.nanoTime() - start;
            }
        }
        return nanos;
    }

    /** @param brief whether a few decoded tokens are enough */
    private void work(BenchmarkTest test, int[] tokens, Sequence sequence, boolean brief) {
        sequence.truncate(test.depth());
        prefill(tokens, test.depth(), test.prompt(), sequence);
        int[] one = new int[1];
        int generated = brief ? Math.min(test.generated(), 16) : test.generated();
        for (int i = 0; i < generated; i++) {
            one[0] = tokens[test.depth() + test.prompt() + i];
            transformer.logits(transformer.forward(one, 0, 1, sequence));
        }
    }

    private void prefill(int[] tokens, int from, int count, Sequence sequence) {
        for (int done = 0; done < count; ) {
            int part = Math.min(batch, count - done);
            var hidden = transformer.forward(tokens, from + done, part, sequence);
            done += part;
            if (done == count) transformer.logits(hidden.rows(part - 1, 1));
        }
    }
}
