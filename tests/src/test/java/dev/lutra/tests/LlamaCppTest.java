package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** llama.cpp itself reads the files that we write, tokenizes as we do and finds the same next tokens equally probable. */
class LlamaCppTest {
    private static final String PROMPT = "Once upon a time there was a child named";
    private static final int COMPARED = 10;

    @ParameterizedTest
    @CsvSource({"f32, 0.002", "f16, 0.002", "bf16, 0.004", "q8_0, 0.01"})
    void probabilitiesOfTheNextTokenAgree(String type, double tolerance) throws IOException {
        Path file = StoryModels.FLOAT.gguf(type);
        Map<String, Double> ours = ourProbabilities(file);
        try (LlamaModel model = new LlamaModel(new ModelParameters()
                .setModel(file.toString())
                .setCtxSize(256)
                .setThreads(2)
                .disableLog())) {
            try (LanguageModel opened = LanguageModel.open(file, ModelOptions.threads(1))) {
                assertArrayEquals(
                        model.encode(PROMPT), opened.tokenizer().encode(PROMPT));
            }
            InferenceParameters parameters = new InferenceParameters(PROMPT)
                    .setNPredict(1)
                    .setTemperature(0)
                    .setNProbs(COMPARED);
            LlamaOutput first = model.generate(parameters).iterator().next();
            assertTrue(first.probabilities.size() >= COMPARED, "probabilities: " + first.probabilities);
            first.probabilities.forEach((token, probability) ->
                    assertEquals(probability, ours.getOrDefault(token, 0.0), tolerance, "probability of '" + token + "'"));
        }
    }

    private static Map<String, Double> ourProbabilities(Path file) throws IOException {
        try (LanguageModel model = LanguageModel.open(file, ModelOptions.threads(2))) {
            int[] ids = model.tokenizer().encode(PROMPT);
            float[] logits = new float[model.config().vocabulary()];
            try (Sequence sequence = model.transformer().newSequence(CacheType.F16, ids.length)) {
                FloatMatrix hidden = model.transformer().forward(ids, 0, ids.length, sequence);
                model.transformer().logits(hidden.rows(ids.length - 1, 1)).copyRow(0, logits, 0);
            }
            double sum = 0, max = Double.NEGATIVE_INFINITY;
            for (float logit : logits) max = Math.max(max, logit);
            for (float logit : logits) sum += Math.exp(logit - max);
            Map<String, Double> probabilities = new HashMap<>();
            for (int id = 0; id < model.tokenizer().size(); id++)
                probabilities.merge(model.tokenizer().decode(id), Math.exp(logits[id] - max) / sum, Math::max);
            return probabilities;
        }
    }
}
