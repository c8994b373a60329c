package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.engine.evaluation.Perplexity;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.tools.command.TokenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ternary digits leave for llama.cpp as Q4_0 and Q5_0, and it finds in them the model that our kernels run. */
class DigitExchangeTest {
    private static final int CONTEXT = 256;
    private static final int CHUNKS = 4;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"tl2x2, q4_0", "tl2x3, q5_0"})
    void theStoryModelIsTheSameInLlamaCpp(String digits, String blocks) throws IOException {
        assertSame(StoryModels.FLOAT.gguf(digits), blocks, TokenFile.read(StoryModels.validationText()));
    }

    @Test
    void theRealModelIsTheSameInLlamaCpp() throws IOException {
        Path checkpoint = RealModel.checkpoint(), digits = folder.resolve("digits.gguf");
        Program.succeed("convert-qwen25", checkpoint.toString(), "--quant", "tl2x2", "-o", digits.toString());
        assertSame(digits, "q4_0", TokenFile.read(checkpoint.resolve("test.u16")));
    }

    /**
     * The exported weights give the digits' logits but for the order of sums, when activations are not rounded. llama.cpp rounds
     * them, by 32 channels, which is all that may part it from us.
     */
    private void assertSame(Path digits, String blocks, int[] ids) throws IOException {
        Path exported = folder.resolve("exported.gguf");
        Program.succeed("quantize", digits.toString(), exported.toString(), blocks);
        int[] prompt = Arrays.copyOf(ids, 64);
        ModelOptions unrounded = ModelOptions.threads(2).withFloatActivations();
        float[] ours = lastLogits(digits, unrounded, prompt);
        assertNear(ours, lastLogits(exported, unrounded, prompt), 1e-6);
        Assumptions.assumeTrue(LlamaCpp.isAvailable(), "the llama.cpp artifact has no library for this machine");
        try (LlamaCpp llama = new LlamaCpp(exported)) {
            assertNear(llama.logits(prompt, ours.length), ours, 5e-2);
        }
        double theirs;
        try (LlamaCpp llama = new LlamaCpp(exported)) {
            theirs = llama.nll(ids, CONTEXT, CHUNKS, ours.length);
        }
        try (LanguageModel model = LanguageModel.open(digits, unrounded)) {
            double nll = new Perplexity(model.transformer(), CacheType.F32, CONTEXT)
                    .score(ids, CHUNKS, new Silent())
                    .nll();
            assertEquals(1, Math.exp(nll - theirs), 1e-2);
        }
    }

    private static final class Silent implements Perplexity.Listener {
        @Override
        public void predicted(int token, float[] logProbabilities) {}

        @Override
        public void chunk(int chunk, int chunks, Perplexity.Score soFar) {}
    }

    private static float[] lastLogits(Path file, ModelOptions options, int[] ids) throws IOException {
        try (LanguageModel model = LanguageModel.open(file, options);
                Sequence sequence = model.transformer().newSequence(CacheType.F32, ids.length)) {
            FloatMatrix hidden = model.transformer().forward(ids, 0, ids.length, sequence);
            float[] logits = new float[model.config().vocabulary()];
            model.transformer().logits(hidden.rows(ids.length - 1, 1)).copyRow(0, logits, 0);
            return logits;
        }
    }

    private static void assertNear(float[] expected, float[] actual, double tolerance) {
        double largest = 0, difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertTrue(difference <= tolerance * largest, "logits differ by " + difference / largest + " of the largest");
    }
}
