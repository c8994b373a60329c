package dev.lutra.gguf.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HfConfigTest {
    private static final String QWEN2 = """
            {"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
             "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151936, "rms_norm_eps": 1e-06,
             "rope_theta": 1000000.0, "max_position_embeddings": 32768, "tie_word_embeddings": true,
             "hidden_act": "silu", "use_sliding_window": false}""";

    @TempDir
    Path folder;

    private ModelConfig load(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return HfConfig.load(folder);
    }

    @Test
    void readsQwen25() throws IOException {
        assertEquals(ModelRegistry.bundled().require("0.5B").config(), load(QWEN2));
    }

    @Test
    void readsYarnInBothSpellings() throws IOException {
        RopeScaling expected = new RopeScaling("yarn", 4f, 32768);
        String old =
                "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 32768},";
        assertEquals(
                expected, load(QWEN2.replace("{\"model", "{" + old + "\"model")).ropeScaling());
        String nested = "\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4.0, \"rope_theta\": 5e5,"
                + "\"original_max_position_embeddings\": 32768},";
        ModelConfig config =
                load(QWEN2.replace("\"rope_theta\": 1000000.0,", "").replace("{\"model", "{" + nested + "\"model"));
        assertEquals(expected, config.ropeScaling());
        assertEquals(5e5f, config.ropeTheta());
    }

    @Test
    void readsExperts() throws IOException {
        ModelConfig config = load(QWEN2.replace("qwen2\"", "qwen2_moe\"")
                .replace(
                        "{\"model",
                        "{\"num_experts\": 60, \"num_experts_per_tok\": 4, \"moe_intermediate_size\": 1408,"
                                + "\"shared_expert_intermediate_size\": 5632, \"model"));
        assertEquals(new Experts(60, 4, 1408, 5632, false), config.experts());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"qwen2\"; \"llama\"; model_type 'llama'",
                "\"hidden_size\": 896,; ; hidden_size is missing",
                "\"hidden_size\": 896; \"hidden_size\": 896.5; hidden_size must be a whole number",
                "\"hidden_size\": 896; \"hidden_size\": 99999999999; hidden_size must be a whole number",
                "\"hidden_size\": 896; \"hidden_size\": 900; is no multiple of num_attention_heads",
                "\"hidden_size\": 896; \"hidden_size\": 0; must be positive",
                "\"num_key_value_heads\": 2; \"num_key_value_heads\": 3; is no multiple of num_key_value_heads",
                "\"num_attention_heads\": 14; \"num_attention_heads\": 0; is no multiple of num_attention_heads 0",
                "\"silu\"; \"gelu\"; hidden_act 'gelu'",
                "\"use_sliding_window\": false; \"use_sliding_window\": true; only full attention",
                "1e-06; \"small\"; rms_norm_eps must be a number"
            })
    void refusesWhatItCannotRun(String text, String replacement, String message) {
        String json = QWEN2.replace(text, replacement == null ? "" : replacement);
        MalformedFileException failure = assertThrows(MalformedFileException.class, () -> load(json));
        assertTrue(String.valueOf(failure.getMessage()).contains(message), failure.getMessage());
        assertTrue(String.valueOf(failure.getMessage()).contains("config.json"), failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"''", "[]", "{", "{\"a\": }"})
    void refusesWhatIsNoJsonObject(String json) {
        assertThrows(MalformedFileException.class, () -> load(json));
    }

    @Test
    void aMissingFileIsNamed() {
        assertThrows(NoSuchFileException.class, () -> HfConfig.load(folder));
    }
}
