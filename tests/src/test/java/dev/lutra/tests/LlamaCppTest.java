package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * llama.cpp loads the files that we write, and finds our logits. Its kernels round activations to 8 bits for quantized
 * weights, ours to blocks or not at all: the tolerances are those of that rounding, relative to the largest logit.
 */
class LlamaCppTest {
    private static final String PROMPT = "Once upon a time there was a child named";

    @ParameterizedTest
    @CsvSource({
        "f32, 2e-3",
        "f16, 2e-3",
        "bf16, 1e-2",
        "q8_0, 1e-2",
        "q4_0, 5e-2",
        "q4_1, 5e-2",
        "q5_0, 5e-2",
        "q5_1, 5e-2",
        "q2_k, 5e-2",
        "q3_k_m, 5e-2",
        "q4_k_m, 5e-2",
        "q5_k_m, 5e-2",
        "q6_k, 5e-2",
        "iq4_nl, 5e-2",
        "iq4_xs, 5e-2"
    })
    void logitsAgree(String type, double tolerance) throws IOException {
        Assumptions.assumeTrue(LlamaCpp.isAvailable(), "the llama.cpp artifact has no library for this machine");
        Path file = StoryModels.FLOAT.gguf(type);
        assertAgree(file, tolerance);
    }

    /** Ternary weights leave for llama.cpp without loss in the types that it knows. */
    @ParameterizedTest
    @CsvSource({"tq1_0, 5e-2", "tq2_0, 3e-2"})
    void ternaryLogitsAgree(String type, double tolerance) throws IOException {
        Assumptions.assumeTrue(LlamaCpp.isAvailable(), "the llama.cpp artifact has no library for this machine");
        assertAgree(StoryModels.TERNARY.gguf(type), tolerance);
    }

    private static void assertAgree(Path file, double tolerance) throws IOException {
        try (LanguageModel model = LanguageModel.open(file, ModelOptions.threads(2))) {
            int[] ids = model.tokenizer().encode(PROMPT);
            float[] ours = new float[model.config().vocabulary()], theirs;
            try (LlamaCpp llama = new LlamaCpp(file)) {
                theirs = llama.logits(ids, ours.length);
            }
            try (Sequence sequence = model.transformer().newSequence(CacheType.F16, ids.length)) {
                FloatMatrix hidden = model.transformer().forward(ids, 0, ids.length, sequence);
                model.transformer().logits(hidden.rows(ids.length - 1, 1)).copyRow(0, ours, 0);
            }
            double largest = 0, difference = 0;
            for (int i = 0; i < ours.length; i++) {
                largest = Math.max(largest, Math.abs(theirs[i]));
                difference = Math.max(difference, Math.abs(theirs[i] - ours[i]));
            }
            assertTrue(
                    difference <= tolerance * largest,
                    file + ": logits differ by " + difference / largest + " of the largest");
        }
    }
}
