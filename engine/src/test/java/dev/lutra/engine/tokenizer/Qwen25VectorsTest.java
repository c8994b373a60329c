package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The real Qwen2.5 vocabulary against ids and texts that the Hugging Face tokenizers library made. */
class Qwen25VectorsTest {
    private static Tokenizer tokenizer;
    private static JsonNode vectors;

    @BeforeAll
    static void load() throws Exception {
        Path folder = SharedFixtures.folder("qwen2.5-tokenizer");
        tokenizer = new Tokenizer(CheckpointTokenizer.read(folder, null, warning -> {
            throw new AssertionError(warning);
        }));
        vectors = new JsonMapper().readTree(folder.resolve("vectors.json").toFile());
    }

    @Test
    void encodesEveryText() {
        assertAll(vectors.valueStream()
                .map(vector -> () -> assertArrayEquals(
                        ids(vector),
                        tokenizer.encode(vector.path("text").stringValue()),
                        vector.path("text").toString())));
    }

    @Test
    void decodesEveryText() {
        assertEquals(400, vectors.size());
        assertAll(vectors.valueStream()
                .map(vector ->
                        () -> assertEquals(vector.path("decoded").stringValue(), tokenizer.decode(ids(vector)))));
        assertAll(vectors.valueStream()
                .map(vector -> () -> assertEquals(
                        vector.path("decoded_skip_special").stringValue(), tokenizer.decode(ids(vector), true))));
    }

    @Test
    void endsAtBothStopTokens() {
        assertArrayEquals(new int[] {151643, 151645}, tokenizer.stopIds().toArray());
    }

    @Test
    void everyTokenAloneDecodesToItsBytesAndBack() {
        for (int id = 0; id < tokenizer.size(); id++) {
            byte[] bytes = tokenizer.bytes(id);
            TextStream stream = tokenizer.stream(false);
            String text = stream.accept(id) + stream.finish();
            assertEquals(new String(bytes, StandardCharsets.UTF_8), text);
            if (!text.contains("\uFFFD")) {
                assertEquals(
                        Normalization.NFC.apply(text),
                        tokenizer.decode(tokenizer.encode(text)),
                        () -> "round trip of '" + text + "'");
            }
        }
    }

    private static int[] ids(JsonNode vector) {
        return vector.path("ids").valueStream().mapToInt(JsonNode::intValue).toArray();
    }
}
