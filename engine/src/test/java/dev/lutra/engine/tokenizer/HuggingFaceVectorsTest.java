package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Every pre-tokenizer against ids that Hugging Face's tokenizers 0.23.2 made from the story vocabulary with that
 * pre-tokenizer put in: hand-picked and random texts of contractions, marks, digits, spaces, emoji and control tokens.
 */
class HuggingFaceVectorsTest {
    private final JsonNode vectors = Story.json(Story.folder(), "tokenizers-vectors.json");

    @ParameterizedTest
    @EnumSource
    void encodesAsTokenizersDoes(PreTokenizer pre) {
        Tokenizer tokenizer = Story.tokenizer(pre);
        JsonNode texts = vectors.path("texts");
        JsonNode ids = vectors.path(pre.ggufName());
        assertEquals(117, ids.size());
        for (int i = 0; i < ids.size(); i++) {
            String text = texts.path(i).stringValue();
            assertArrayEquals(Story.ints(ids.path(i)), tokenizer.encode(text), () -> pre + " on " + escape(text));
        }
    }

    @Test
    void decodesAsTokenizersDoes() {
        Tokenizer tokenizer = Story.tokenizer();
        JsonNode ids = vectors.path("qwen2");
        for (int i = 0; i < ids.size(); i++) {
            assertEquals(vectors.path("decoded").path(i).stringValue(), tokenizer.decode(Story.ints(ids.path(i))));
        }
    }

    /** Random ids are rarely whole characters: the replacement of broken UTF-8 must be the same too. */
    @Test
    void decodesBrokenTextAsTokenizersDoes() {
        Tokenizer tokenizer = Story.tokenizer();
        JsonNode ids = vectors.path("random_ids");
        for (int i = 0; i < ids.size(); i++) {
            assertEquals(
                    vectors.path("random_ids_decoded").path(i).stringValue(),
                    tokenizer.decode(Story.ints(ids.path(i)), true));
        }
    }

    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars()
                .forEach(c -> escaped.append(c > ' ' && c < 127 ? String.valueOf((char) c) : "\\u%04x".formatted(c)));
        return escaped.toString();
    }
}
