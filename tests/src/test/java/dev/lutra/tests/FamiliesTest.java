package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tiny random checkpoints of every family against transformers 5.18: an untied Qwen2, Qwen3 with its head norms and head
 * width, Qwen2-MoE with a shared expert, and a packed BitNet with sub-norms and squared ReLU, whose reference rounds
 * activations to int8 as ternary kernels do.
 */
class FamiliesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "qwen2-untied, f32, SCALAR, 1e-4",
        "qwen2-untied, f32, VECTOR, 1e-4",
        "qwen3, f32, SCALAR, 1e-4",
        "qwen3, f32, VECTOR, 1e-4",
        "qwen2moe, f32, SCALAR, 1e-4",
        "qwen2moe, f32, VECTOR, 1e-4",
        "bitnet-packed, i2_s, SCALAR, 1e-3",
        "bitnet-packed, i2_s, VECTOR, 1e-3"
    })
    void logitsAndGreedyTokens(String family, String type, KernelKind kind, double tolerance)
            throws IOException, URISyntaxException {
        Path checkpoint = Path.of(Objects.requireNonNull(getClass().getResource("/families/" + family + "/config.json"))
                        .toURI())
                .getParent();
        Path model = folder.resolve("model.gguf");
        Program.succeed(
                "convert-qwen25",
                checkpoint.toString(),
                "--quant",
                type,
                "--token-embedding-type",
                "f32",
                "-o",
                model.toString());
        JsonNode expected;
        try (InputStream in = getClass().getResourceAsStream("/families/" + family + "/expected.json")) {
            expected = JsonMapper.builder().build().readTree(Objects.requireNonNull(in));
        }
        int[] ids = ints(expected.get("ids"));
        try (LanguageModel opened =
                        LanguageModel.open(model, ModelOptions.threads(2).withKernels(kind));
                Sequence sequence = opened.transformer().newSequence(CacheType.F32, ids.length + 12)) {
            FloatMatrix hidden = opened.transformer().forward(ids, 0, ids.length, sequence);
            FloatMatrix logits = opened.transformer().logits(hidden);
            assertClose(expected.get("logits_first"), logits, 0, tolerance);
            assertClose(expected.get("logits_last"), logits, ids.length - 1, tolerance);
            int[] greedy = new int[expected.get("greedy_12").size()];
            int row = ids.length - 1;
            for (int i = 0; i < greedy.length; i++) {
                greedy[i] = best(logits, row);
                logits = opened.transformer()
                        .logits(opened.transformer().forward(new int[] {greedy[i]}, 0, 1, sequence));
                row = 0;
            }
            assertArrayEquals(ints(expected.get("greedy_12")), greedy);
        }
    }

    private static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) values[i] = array.get(i).intValue();
        return values;
    }

    private static void assertClose(JsonNode expected, FloatMatrix logits, int row, double tolerance) {
        double largest = 0, difference = 0;
        for (int i = 0; i < expected.size(); i++) {
            largest = Math.max(largest, Math.abs(expected.get(i).doubleValue()));
            difference = Math.max(difference, Math.abs(expected.get(i).doubleValue() - logits.get(row, i)));
        }
        assertTrue(difference <= tolerance * largest, "row " + row + ": relative error " + difference / largest);
    }

    private static int best(FloatMatrix logits, int row) {
        int best = 0;
        for (int i = 1; i < logits.columns(); i++) if (logits.get(row, i) > logits.get(row, best)) best = i;
        return best;
    }
}
