package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lutra.engine.evaluation.Perplexity;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.tools.command.TokenFile;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Perplexities of files that we write: ours, by the kernels that a user gets, against llama.cpp's of the same file and ids,
 * both with keys and values in float16. llama.cpp rounds what enters a quantized matrix to 8 bits by blocks of 32 or 256.
 */
class LlamaCppPerplexityTest {
    private static final double TOLERANCE = 1e-2;
    private static final int CONTEXT = 256;

    /** What the library of the artifact can read; MXFP4, Q1_0 and Q2_0 came to llama.cpp later. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "f32", "f16", "bf16", "q8_0", "q6_k", "q5_k_m", "q5_k_s", "q5_0", "q5_1", "q4_k_m", "q4_k_s", "q4_0",
                "q4_1", "iq4_nl", "iq4_xs", "q3_k_l", "q3_k_m", "q3_k_s", "q2_k"
            })
    void storyModel(String type) throws IOException {
        compare(StoryModels.FLOAT.gguf(type), StoryModels.validationText(), 8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tq1_0", "tq2_0"})
    void ternaryStoryModel(String type) throws IOException {
        compare(StoryModels.TERNARY.gguf(type), StoryModels.validationText(), 8);
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"q8_0", "q4_k_m"})
    void realModel(String type) throws IOException {
        compareReal(type, 4);
    }

    /** {@code ./mvnw verify -Dlutra.tests.whole} runs these. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "f32", "f16", "bf16", "q8_0", "q6_k", "q5_k_m", "q5_k_s", "q5_0", "q5_1", "q4_k_m", "q4_k_s", "q4_0",
                "q4_1", "iq4_nl", "iq4_xs", "q3_k_l", "q3_k_m", "q3_k_s", "q2_k", "tq1_0", "tq2_0"
            })
    void realModelInEveryType(String type) throws IOException {
        Assumptions.assumeTrue(RealModel.WHOLE, "takes minutes: -Dlutra.tests.whole runs it");
        compareReal(type, 24);
    }

    private void compareReal(String type, int chunks) throws IOException {
        Path checkpoint = RealModel.checkpoint(), file = folder.resolve(type + ".gguf");
        Program.succeed("convert-qwen25", checkpoint.toString(), "--quant", type, "-o", file.toString());
        compare(file, checkpoint.resolve("test.u16"), chunks);
    }

    private static void compare(Path file, Path text, int chunks) throws IOException {
        Assumptions.assumeTrue(LlamaCpp.isAvailable(), "the llama.cpp artifact has no library for this machine");
        int[] ids = TokenFile.read(text);
        double ours, theirs;
        int vocabulary;
        try (LanguageModel model = LanguageModel.open(file, ModelOptions.threads(2))) {
            vocabulary = model.config().vocabulary();
            ours = new Perplexity(model.transformer(), CacheType.F16, CONTEXT)
                    .score(ids, chunks, new Silent())
                    .perplexity();
        }
        try (LlamaCpp llama = new LlamaCpp(file)) {
            theirs = Math.exp(llama.nll(ids, CONTEXT, chunks, vocabulary));
        }
        System.out.printf(
                "perplexity %s: ours %.4f, llama.cpp %.4f, %+.2e%n",
                file.getFileName(), ours, theirs, ours / theirs - 1);
        assertEquals(theirs, ours, TOLERANCE * theirs, file.getFileName() + ": perplexity");
    }

    private static final class Silent implements Perplexity.Listener {
        @Override
        public void predicted(int token, float[] logProbabilities) {}

        @Override
        public void chunk(int chunk, int chunks, Perplexity.Score soFar) {}
    }
}
