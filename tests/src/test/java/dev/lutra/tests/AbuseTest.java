package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

/** Wrong input of every sort: one clear message, the right exit code, no file left. */
class AbuseTest {
    @TempDir
    Path folder;

    private Path copyOfCheckpoint() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("model"));
        try (Stream<Path> files = Files.list(StoryModels.TERNARY.checkpoint())) {
            for (Path file : files.toList())
                Files.copy(file, copy.resolve(file.getFileName().toString()));
        }
        return copy;
    }

    private static void assertFails(int exit, String message, Program result) {
        assertEquals(exit, result.exit(), result.err());
        assertTrue(result.err().contains(message), result.err());
        assertFalse(result.err().contains("\tat "), "a stack trace without --debug: " + result.err());
        assertTrue(result.err().lines().count() <= 3, "more than a message: " + result.err());
    }

    private Program convert(Path checkpoint) {
        return Program.run(
                "convert-qwen25",
                checkpoint.toString(),
                "-o",
                folder.resolve("out.gguf").toString());
    }

    private void assertNothingWritten() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<String> left = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("out"))
                    .toList();
            assertEquals(List.of(), left);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "qwen2\"; llama\"; model_type 'llama'",
                "\"hidden_size\": 256; \"hidden_size\": 512; has the shape",
                "\"num_hidden_layers\": 6; \"num_hidden_layers\": 7; tensor model.layers.6",
                "\"num_hidden_layers\": 6; \"num_hidden_layers\": 5; are not known to the architecture",
                "\"vocab_size\": 1408; \"vocab_size\": 1400; do not belong together",
                "\"vocab_size\": 1408; \"vocab_size\": 1404; has the shape",
                "{; [; config.json"
            })
    void aConfigurationThatDoesNotFit(String text, String replacement, String message) throws IOException {
        Path checkpoint = copyOfCheckpoint();
        Path config = checkpoint.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace(text, replacement));
        assertFails(1, message, convert(checkpoint));
        assertNothingWritten();
    }

    @ParameterizedTest
    @CsvSource({"config.json", "tokenizer.json", "model.safetensors"})
    void aMissingFile(String name) throws IOException {
        Path checkpoint = copyOfCheckpoint();
        Files.delete(checkpoint.resolve(name));
        assertFails(1, name.equals("model.safetensors") ? "safetensors" : name, convert(checkpoint));
        assertNothingWritten();
    }

    @ParameterizedTest
    @CsvSource({"0", "7", "8", "100", "5000", "1000000"})
    void aCheckpointCutShort(int bytes) throws IOException {
        Path checkpoint = copyOfCheckpoint();
        Path weights = checkpoint.resolve("model.safetensors");
        Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), bytes));
        assertFails(1, "model.safetensors", convert(checkpoint));
        assertNothingWritten();
    }

    @ParameterizedTest
    @CsvSource({"0", "3", "4", "20", "1000", "30000", "1000000"})
    void aModelCutShort(int bytes) throws IOException {
        Path model = folder.resolve("cut.gguf");
        Files.write(model, Arrays.copyOf(Files.readAllBytes(StoryModels.TERNARY.gguf("tl2")), bytes));
        assertFails(1, "cut.gguf", Program.run("logits", "-m", model.toString(), "-p", "Once"));
    }

    @Test
    void anExistingFileIsKept() throws IOException {
        Path out = folder.resolve("out.gguf");
        Files.writeString(out, "precious");
        assertFails(1, "--overwrite", convert(StoryModels.TERNARY.checkpoint()));
        assertEquals("precious", Files.readString(out));
    }

    @Test
    void weightsThatMustBeTernaryAndAreNot() throws IOException {
        Program result = Program.run(
                "convert-qwen25",
                StoryModels.FLOAT.checkpoint().toString(),
                "--require-ternary",
                "-o",
                folder.resolve("out.gguf").toString());
        assertFails(1, "is not ternary", result);
        assertNothingWritten();
    }

    @Test
    void roundingAStockCheckpointIsWarnedAbout() {
        Program result = Program.succeed(
                "convert-qwen25",
                StoryModels.FLOAT.checkpoint().toString(),
                "-o",
                folder.resolve("out.gguf").toString());
        assertTrue(result.err().contains("this checkpoint is not ternary"), result.err());
        assertTrue(result.err().contains("tl2x2"), result.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; name a command",
                "unknown; Unmatched argument",
                "convert-qwen25; Missing required parameter",
                "convert-qwen25 x --quant q9_z; no format is called 'q9_z'",
                "logits -m x; Missing required argument",
                "e2e-benchmark -p 0 -n 0; nothing to measure",
                "e2e-benchmark -p 1-x; lists look like",
                "perplexity -m x -p y --kl-divergence; needs --kl-divergence-base",
                "run-inference -m x; give a prompt"
            })
    void wrongUsage(String arguments, String message) {
        String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ", -1);
        assertFails(2, message, Program.run(words));
    }

    @Test
    void aModelThatIsNotThere() {
        assertFails(1, "no such file", Program.run("logits", "-m", "nowhere.gguf", "-p", "x"));
    }
}
