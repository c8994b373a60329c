package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.file.GgufTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class DummyModelCommandTest {
    @TempDir
    private Path folder;

    /** A folder with a config.json of few, awkward dimensions: rows of 896 are no multiple of 256. */
    private Path shape(String type, String more) throws IOException {
        Path shape = Files.createDirectories(folder.resolve("shape-" + type));
        Files.writeString(shape.resolve("config.json"), """
                {"model_type": "%s", "hidden_size": 896, "intermediate_size": 384, "num_hidden_layers": 2,
                 "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 300, "rms_norm_eps": 1e-06,
                 "max_position_embeddings": 512, "rope_theta": 1000000.0, %s}""".formatted(type, more));
        return shape;
    }

    private Path dense() throws IOException {
        return shape("qwen2", "\"tie_word_embeddings\": true");
    }

    private Path experts() throws IOException {
        return shape("qwen2_moe", """
                "num_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 256,
                "shared_expert_intermediate_size": 128""");
    }

    @ParameterizedTest
    @CsvSource({"tl2, dense", "i2_s, dense", "f16, dense", "q4_0, dense", "tl2, experts", "q8_0, experts"})
    void aCheckpointAndAGgufOfOneSeedHoldTheSameWeights(String type, String family) throws IOException {
        Path shape = family.equals("dense") ? dense() : experts();
        Path direct = folder.resolve("direct.gguf"), converted = folder.resolve("converted.gguf");
        Path checkpoint = folder.resolve("checkpoint");
        boolean ternary = !type.equals("f16") && !type.startsWith("q");
        Outcome.of("dummy-model", shape, "-o", direct, "--quant", type, "--seed", 7, "-t", 2)
                .done();
        Outcome.of(
                        "dummy-model",
                        shape,
                        "-o",
                        checkpoint,
                        "--format",
                        "hf",
                        "--seed",
                        7,
                        "--quant",
                        ternary ? type : "bf16",
                        "-t",
                        1)
                .done();
        Outcome.of("convert-qwen25", checkpoint, "-o", converted, "--quant", type)
                .done();
        try (GgufFile a = GgufFile.open(direct);
                GgufFile b = GgufFile.open(converted)) {
            assertEquals(names(b), names(a));
            for (GgufTensor tensor : a.tensors()) {
                assertEquals(b.tensor(tensor.name()).type(), tensor.type());
                assertEquals(-1, tensor.data().mismatch(b.tensor(tensor.name()).data()), tensor.name());
            }
            for (String key : a.metadata().keys())
                if (!key.startsWith("general."))
                    assertEquals(b.metadata().value(key), a.metadata().value(key), key);
        }
    }

    private static List<String> names(GgufFile file) {
        return file.tensors().stream().map(GgufTensor::name).toList();
    }

    @ParameterizedTest
    @CsvSource({"tl2, dense", "q8_0, dense", "tl2, experts"})
    void logitsAreFinite(String type, String family) throws IOException {
        Path file = folder.resolve("model.gguf");
        Outcome.of("dummy-model", family.equals("dense") ? dense() : experts(), "-o", file, "--quant", type)
                .done();
        JsonNode logits = Outcome.of("logits", "-m", file, "-p", "caf\u00E9", "--json", "--kernel", "scalar", "-t", 1)
                .done()
                .json()
                .path("logits");
        assertEquals(300, logits.size());
        for (JsonNode logit : logits) assertTrue(Math.abs(logit.doubleValue()) < 100, logit.toString());
    }

    @Test
    void theSeedDecidesEverything() throws IOException {
        List<byte[]> files = Stream.of(1, 1, 2)
                .map(seed -> {
                    Path file = folder.resolve("seed.gguf");
                    try {
                        Outcome.of("dummy-model", dense(), "-o", file, "--seed", seed, "--overwrite")
                                .done();
                        return Files.readAllBytes(file);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
        assertEquals(-1, Arrays.mismatch(files.get(0), files.get(1)));
        assertNotEquals(-1, Arrays.mismatch(files.get(0), files.get(2)));
    }

    @Test
    void shardsAreNamedAsTransformersNamesThem() throws IOException {
        Path checkpoint = folder.resolve("sharded");
        Outcome.of("dummy-model", dense(), "-o", checkpoint, "--format", "hf", "--split-max-size", "5M")
                .done();
        assertTrue(Files.exists(checkpoint.resolve("model-00001-of-00003.safetensors")));
        assertTrue(Files.exists(checkpoint.resolve("model.safetensors.index.json")));
        Outcome.of("convert-qwen25", checkpoint, "--dry-run").done();
        Outcome.of("dummy-model", dense(), "-o", checkpoint, "--format", "hf", "--split-max-size", "5M")
                .failed(1, "exists");
    }

    @Test
    void realSizesArePlannedWithoutWriting() {
        Outcome outcome = Outcome.of("dummy-model", "72B", "-o", folder.resolve("72b.gguf"), "--dry-run")
                .done();
        assertTrue(outcome.out().contains("would write"), outcome.out());
        assertFalse(Files.exists(folder.resolve("72b.gguf")));
    }

    @Test
    void mistakesAreNamed() throws IOException {
        Path target = folder.resolve("x");
        Outcome.of("dummy-model", "8B", "-o", target).failed(1, "no model is called '8B'");
        Outcome.of("dummy-model", "7B", "-o", target, "--quant", "q9").failed(2, "no format is called 'q9'");
        Outcome.of("dummy-model", "7B", "-o", target, "--format", "hf", "--quant", "q4_0")
                .failed(2, "--format gguf");
        Path tiny = dense();
        Files.writeString(
                tiny.resolve("config.json"),
                Files.readString(tiny.resolve("config.json")).replace("300", "200"));
        Outcome.of("dummy-model", tiny, "-o", target).failed(1, "vocab_size must be at least 259");
    }
}
