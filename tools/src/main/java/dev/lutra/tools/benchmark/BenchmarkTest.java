package dev.lutra.tools.benchmark;

/**
 * One kind of work.
 *
 * @param prompt tokens that are prefilled, timed
 * @param generated tokens that are decoded one by one after them, timed
 * @param depth tokens that the sequence holds before, not timed
 */
public record BenchmarkTest(int prompt, int generated, int depth) {
    /** {@code pp512}, {@code tg128}, {@code pp512+tg128}, {@code tg128 @ d4096}, as llama-bench names them. */
    public String label() {
        String work = prompt > 0 && generated > 0
                ? "pp" + prompt + "+tg" + generated
                : prompt > 0 ? "pp" + prompt : "tg" + generated;
        return depth > 0 ? work + " @ d" + depth : work;
    }

    /** Tokens that are timed. */
    public int tokens() {
        return prompt + generated;
    }
}
