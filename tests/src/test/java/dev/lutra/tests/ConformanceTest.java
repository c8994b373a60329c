package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.engine.evaluation.Perplexity;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.sampling.Sampler;
import dev.lutra.engine.sampling.SamplingParameters;
import dev.lutra.engine.text.Generator;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.tools.command.TokenFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Whole models against transformers' outputs on the same checkpoints. */
class ConformanceTest {
    private static LanguageModel open(StoryModels model, String type, KernelKind kind, int threads) throws IOException {
        return LanguageModel.open(
                model.gguf(type), ModelOptions.threads(threads).withKernels(kind));
    }

    private static float[] lastLogits(LanguageModel model, int[] ids) {
        try (Sequence sequence = model.transformer().newSequence(CacheType.F32, ids.length)) {
            FloatMatrix hidden = model.transformer().forward(ids, 0, ids.length, sequence);
            float[] logits = new float[model.config().vocabulary()];
            model.transformer().logits(hidden.rows(ids.length - 1, 1)).copyRow(0, logits, 0);
            return logits;
        }
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) ids[i] = array.get(i).intValue();
        return ids;
    }

    /** Largest difference from the reference's logits, relative to the largest of them. */
    private static double logitError(JsonNode prompt, float[] logits) {
        double largest = 0, difference = 0;
        JsonNode first = prompt.get("last_logits_first16"), topIds = prompt.get("top10_ids");
        JsonNode top = prompt.get("top10_logits");
        for (int i = 0; i < first.size(); i++) {
            largest = Math.max(largest, Math.abs(first.get(i).doubleValue()));
            difference = Math.max(difference, Math.abs(first.get(i).doubleValue() - logits[i]));
        }
        for (int i = 0; i < top.size(); i++) {
            largest = Math.max(largest, Math.abs(top.get(i).doubleValue()));
            difference = Math.max(
                    difference,
                    Math.abs(top.get(i).doubleValue() - logits[topIds.get(i).intValue()]));
        }
        return difference / largest;
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, f32, SCALAR, 1e-4",
        "FLOAT, f32, VECTOR, 1e-4",
        "FLOAT, bf16, VECTOR, 1e-3",
        "FLOAT, f16, VECTOR, 1e-3",
        "FLOAT, q8_0, VECTOR, 2e-2",
        "TERNARY, f32, VECTOR, 1e-4",
        "TERNARY, bf16, VECTOR, 1e-3",
        "TERNARY, f16, VECTOR, 1e-3"
    })
    void logitsOfEveryPrompt(StoryModels model, String type, KernelKind kind, double tolerance) throws IOException {
        try (LanguageModel opened = open(model, type, kind, 2)) {
            for (JsonNode prompt : model.expected().get("float32").get("prompts")) {
                assertArrayEquals(
                        ids(prompt.get("ids")),
                        opened.tokenizer().encode(prompt.get("prompt").asString()),
                        "tokens of the prompt");
                double error = logitError(prompt, lastLogits(opened, ids(prompt.get("ids"))));
                assertTrue(error <= tolerance, prompt.get("prompt") + ": relative error " + error);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StoryModels.class)
    void greedyTokensAreTheReferences(StoryModels model) throws IOException {
        try (LanguageModel opened = open(model, "f32", KernelKind.VECTOR, 2)) {
            for (JsonNode prompt : model.expected().get("float32").get("prompts")) {
                int[] wanted = ids(prompt.get("greedy_ids"));
                assertArrayEquals(
                        wanted,
                        greedy(opened, ids(prompt.get("ids")), wanted.length),
                        prompt.get("prompt").asString());
            }
        }
    }

    private static int[] greedy(LanguageModel model, int[] prompt, int count) {
        try (Sequence sequence = model.transformer().newSequence(CacheType.F32, prompt.length + count)) {
            Sampler sampler =
                    new Sampler(SamplingParameters.greedy(), model.config().vocabulary());
            List<Integer> chosen = new ArrayList<>();
            new Generator(model.transformer(), sequence, sampler, token -> false).generate(prompt, count, chosen::add);
            return chosen.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /** Reference: the mean over the first 64 chunks of 256 tokens. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT, f32, float32, 1e-4",
        "FLOAT, bf16, float32, 1e-3",
        "FLOAT, f16, float32, 1e-3",
        "TERNARY, f32, float32, 1e-4",
        "TERNARY, i2_s, w158a8, 2e-3",
        "TERNARY, tl1, w158a8, 2e-3",
        "TERNARY, tl2, w158a8, 2e-3"
    })
    void perplexityOfHeldOutText(StoryModels model, String type, String reference, double tolerance)
            throws IOException {
        JsonNode expected = model.expected().get(reference).get("perplexity");
        try (LanguageModel opened = open(model, type, KernelKind.VECTOR, 2)) {
            Perplexity.Score score = new Perplexity(opened.transformer(), CacheType.F32, 256)
                    .score(TokenFile.read(StoryModels.validationText()), 64, new Silent());
            assertEquals(expected.get("tokens_scored").longValue(), score.tokens());
            assertEquals(expected.get("nll").doubleValue(), score.nll(), tolerance);
        }
    }

    private static final class Silent implements Perplexity.Listener {
        @Override
        public void predicted(int token, float[] logProbabilities) {}

        @Override
        public void chunk(int chunk, int chunks, Perplexity.Score soFar) {}
    }

    /** The same trits in three formats, on any kind of kernels and any number of threads, are the same integers. */
    @Test
    void ternaryFormatsAndThreadsAgreeToTheBit() throws IOException {
        int[] prompt = ids(StoryModels.TERNARY
                .expected()
                .get("w158a8")
                .get("prompts")
                .get(0)
                .get("ids"));
        for (KernelKind kind : KernelKind.values()) {
            if (kind.whyUnavailable().isPresent()) continue;
            float[] first = null;
            for (String type : List.of("i2_s", "tl1", "tl2"))
                for (int threads = 1; threads <= 3; threads++)
                    try (LanguageModel opened = open(StoryModels.TERNARY, type, kind, threads)) {
                        float[] logits = lastLogits(opened, prompt);
                        if (first == null) first = logits;
                        assertArrayEquals(first, logits, kind + " " + type + " on " + threads + " threads");
                    }
        }
    }

    /** Many tokens at once are what they would have been one by one. */
    @ParameterizedTest
    @EnumSource(KernelKind.class)
    void aBatchIsTheSumOfItsTokens(KernelKind kind) throws IOException {
        assumeTrue(kind.whyUnavailable().isEmpty(), () -> kind.whyUnavailable().orElse(""));
        int[] ids = new int[40];
        System.arraycopy(TokenFile.read(StoryModels.validationText()), 0, ids, 0, ids.length);
        try (LanguageModel opened = open(StoryModels.TERNARY, "tl2", kind, 2);
                Sequence sequence = opened.transformer().newSequence(CacheType.F32, ids.length)) {
            float[] together = lastLogits(opened, ids), single = new float[together.length];
            for (int i = 0; i < ids.length; i++) {
                FloatMatrix hidden = opened.transformer().forward(ids, i, 1, sequence);
                opened.transformer().logits(hidden).copyRow(0, single, 0);
            }
            for (int i = 0; i < single.length; i++) assertEquals(together[i], single[i], 2e-3, "logit " + i);
        }
    }

    @Test
    void theSameSeedGivesTheSameTextForAnyNumberOfThreads() throws IOException {
        List<String> texts = new ArrayList<>();
        for (int run = 0; run < 10; run++)
            texts.add(Program.succeed(
                            "run-inference",
                            "-m",
                            StoryModels.TERNARY.gguf("tl2").toString(),
                            "-p",
                            "Once upon a time",
                            "-n",
                            "24",
                            "--seed",
                            "7",
                            "-t",
                            Integer.toString(run % 3 + 1),
                            "--no-warmup")
                    .out());
        for (String text : texts) assertEquals(texts.getFirst(), text);
        assertTrue(texts.getFirst().length() > "Once upon a time".length() + 20, texts.getFirst());
    }
}
