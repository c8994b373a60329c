package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The output of the whole model, prefill and decode, is the same to the bit for any number of threads. */
class ThreadCountTest {
    private static final int PREFILLED = 67;
    private static final int DECODED = 5;

    @ParameterizedTest
    @CsvSource({
        "tl2, NATIVE, F16",
        "tl2, VECTOR, F16",
        "tl2, SCALAR, F32",
        "tl2x2, NATIVE, Q8_0",
        "tl2x2, VECTOR, F16",
        "q8_0, NATIVE, F16",
        "q8_0, VECTOR, F16",
        "q4_k_m, NATIVE, F16",
        "f16, NATIVE, F32",
        "f16, VECTOR, F32"
    })
    void oneToFourThreadsGiveTheSameLogits(String type, KernelKind kind, CacheType cache) throws IOException {
        assumeTrue(kind.whyUnavailable().isEmpty(), () -> kind.whyUnavailable().orElseThrow());
        float[][] first = logits(type, kind, cache, 1);
        for (int threads = 2; threads <= 4; threads++) {
            float[][] logits = logits(type, kind, cache, threads);
            for (int i = 0; i < first.length; i++)
                assertArrayEquals(first[i], logits[i], threads + " threads, " + (i == 0 ? "prefill" : "token " + i));
        }
    }

    /** Logits after the prefill, then after each of a few decoded tokens. */
    private static float[][] logits(String type, KernelKind kind, CacheType cache, int threads) throws IOException {
        try (LanguageModel model = LanguageModel.open(
                        StoryModels.TERNARY.gguf(type),
                        ModelOptions.threads(threads).withKernels(kind));
                Sequence sequence = model.transformer().newSequence(cache, PREFILLED + DECODED)) {
            int vocabulary = model.config().vocabulary();
            int[] tokens = new SplittableRandom(4)
                    .ints(PREFILLED + DECODED, 0, vocabulary)
                    .toArray();
            float[][] logits = new float[1 + DECODED][vocabulary];
            for (int i = 0; i <= DECODED; i++) {
                int from = i == 0 ? 0 : PREFILLED + i - 1, count = i == 0 ? PREFILLED : 1;
                var hidden = model.transformer().forward(tokens, from, count, sequence);
                model.transformer().logits(hidden.rows(count - 1, 1)).copyRow(0, logits[i], 0);
            }
            return logits;
        }
    }
}
