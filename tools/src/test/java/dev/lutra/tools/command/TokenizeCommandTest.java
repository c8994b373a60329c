package dev.lutra.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TokenizeCommandTest {
    /** Ids by Hugging Face tokenizers, from the checkpoint's own expected values. */
    private static final String PROMPT = "Once upon a time there was a child named";

    private static final String IDS = "[574,573,258,416,392,273,258,555,362]";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "tokenizer.json"})
    void tokenizesWithAFolderOrItsTokenizerJson(String file) {
        JsonNode result = Outcome.of("tokenize", "-m", Outcome.storyModel().resolve(file), "-p", PROMPT)
                .done()
                .json();
        assertEquals(IDS, result.path("ids").toString());
        StringBuilder joined = new StringBuilder();
        for (JsonNode piece : result.path("pieces")) joined.append(piece.stringValue());
        assertEquals(PROMPT, joined.toString());
    }

    @Test
    void aGgufTokenizesAsItsCheckpoint() {
        Path gguf = folder.resolve("story.gguf");
        Outcome.of(
                        "convert-qwen25",
                        Outcome.storyModel(),
                        "-o",
                        gguf,
                        "--quant",
                        "i2_s",
                        "--token-embedding-type",
                        "q8_0")
                .done();
        String text = "Tom's 3 dogs\n\n<|im_start|>user\n caf\u00E9 \uD83D\uDE00<|im_end|>";
        for (String special : new String[] {"--json", "--no-special"})
            assertEquals(
                    Outcome.of("tokenize", "-m", Outcome.storyModel(), "-p", text, special)
                            .done()
                            .out(),
                    Outcome.of("tokenize", "-m", gguf, "-p", text, special)
                            .done()
                            .out());
    }

    @Test
    void specialTokensAreTextWhenNotWanted() throws IOException {
        Path file = Files.writeString(folder.resolve("text"), "a<|im_end|>");
        JsonNode parsed = Outcome.of("tokenize", "-m", Outcome.storyModel(), "-f", file)
                .done()
                .json();
        assertEquals(2, parsed.path("ids").size());
        JsonNode plain = Outcome.of("tokenize", "-m", Outcome.storyModel(), "-f", file, "--no-special")
                .done()
                .json();
        assertEquals("<", plain.path("pieces").path(1).stringValue());
    }

    @Test
    void aBatchGivesAnArrayOfResults() throws IOException {
        Path batch = Files.writeString(folder.resolve("batch.json"), "[\"" + PROMPT + "\", \"\", [574]]");
        JsonNode results = Outcome.of("tokenize", "-m", Outcome.storyModel(), "--batch", batch)
                .done()
                .json();
        assertEquals(3, results.size());
        assertEquals(IDS, results.path(0).path("ids").toString());
        assertEquals("[]", results.path(1).path("ids").toString());
        assertEquals("[\"Once\"]", results.path(2).path("pieces").toString());
    }

    @Test
    void detokenizingGivesTheText() throws IOException {
        String list = IDS.substring(1, IDS.length() - 1);
        assertEquals(
                PROMPT + System.lineSeparator(),
                Outcome.of("detokenize", "-m", Outcome.storyModel(), "--ids", list)
                        .done()
                        .out());
        Path batch = Files.writeString(folder.resolve("batch.json"), "[" + IDS + ", [574,1402]]");
        JsonNode results = Outcome.of("detokenize", "-m", Outcome.storyModel(), "--batch", batch, "--no-special")
                .done()
                .json();
        assertEquals(PROMPT, results.path(0).path("text").stringValue());
        assertEquals("Once", results.path(1).path("text").stringValue());
        assertEquals("<|im_end|>", results.path(1).path("pieces").path(1).stringValue());
    }

    @Test
    void charactersSplitOverTokensAreWholeInTheText() {
        JsonNode result = Outcome.of("detokenize", "-m", Outcome.storyModel(), "-p", "\u4F60", "--json")
                .done()
                .json();
        assertEquals(3, result.path("ids").size());
        assertEquals("\u4F60", result.path("text").stringValue());
    }

    @Test
    void mistakesAreNamed() throws IOException {
        Path story = Outcome.storyModel();
        Outcome.of("tokenize", "-m", story).failed(2, "--ids=LIST");
        Outcome.of("tokenize", "-m", story, "-p", "a", "--ids", "1").failed(2, "mutually exclusive");
        Outcome.of("detokenize", "-m", story, "--ids", "1408").failed(1, "outside the vocabulary");
        Outcome.of("tokenize", "-m", folder.resolve("none"), "-p", "a").failed(1, "none");
        Path batch = Files.writeString(folder.resolve("batch.json"), "[\"a\", [1, \"b\"]]");
        Outcome.of("tokenize", "-m", story, "--batch", batch).failed(1, "item 1");
        Files.writeString(batch, "{");
        Outcome.of("tokenize", "-m", story, "--batch", batch).failed(1, "is no JSON");
    }
}
