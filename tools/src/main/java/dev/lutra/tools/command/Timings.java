package dev.lutra.tools.command;

import dev.lutra.engine.text.Generation;
import java.io.PrintWriter;
import java.util.Locale;

/** Times of a run, printed in llama.cpp's form. */
final class Timings {
    private final long loadNanos;
    private long promptNanos;
    private long promptTokens;
    private long decodeNanos;
    private long decodedTokens;

    Timings(long loadNanos) {
        this.loadNanos = loadNanos;
    }

    void add(Generation generation) {
        promptNanos += generation.promptNanos();
        promptTokens += generation.promptTokens();
        decodeNanos += generation.decodeNanos();
        // The first token comes out of the prefill.
        decodedTokens += Math.max(0, generation.tokens().size() - 1);
    }

    void print(PrintWriter err) {
        err.println();
        err.printf(Locale.ROOT, "        load time = %10.2f ms%n", loadNanos * 1e-6);
        line(err, " prompt eval time", promptNanos, promptTokens, "tokens");
        line(err, "        eval time", decodeNanos, decodedTokens, "runs");
        err.printf(
                Locale.ROOT,
                "       total time = %10.2f ms / %5d tokens%n",
                (promptNanos + decodeNanos) * 1e-6,
                promptTokens + decodedTokens);
        err.flush();
    }

    private static void line(PrintWriter err, String label, long nanos, long count, String unit) {
        if (count == 0) return;
        double millis = nanos * 1e-6;
        err.printf(
                Locale.ROOT,
                "%s = %10.2f ms / %5d %s (%8.2f ms per token, %8.2f tokens per second)%n",
                label,
                millis,
                count,
                unit,
                millis / count,
                count / (nanos * 1e-9));
    }
}
