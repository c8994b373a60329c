package dev.lutra.tools.card;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class FrontMatterTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static String resource(String name) throws IOException {
        try (InputStream in = FrontMatterTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Every form that the class names, against PyYAML reading all scalars as text. */
    @Test
    void readsWhatPyYamlReads() throws IOException {
        assertEquals(
                JSON.readTree(resource("front-matter.json")),
                JSON.valueToTree(FrontMatter.of(resource("front-matter.md"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "# A card", "---\n---\n", "\n---\na: b\n---\n", "---\n# nothing\n---\n", "--- \na: b\n---"})
    void cardsWithoutFrontMatter(String card) {
        assertEquals(Map.of(), FrontMatter.of(card));
    }

    @Test
    void frontMatterThatIsNeverClosed() {
        assertEquals(Map.of("license", "mit"), FrontMatter.of("---\r\nlicense: mit\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no key",
                "- a list",
                "a: [1, 2",
                "a: 'open",
                "a: \"x\" y",
                "a:\n  - c\n d: e",
                "a:\n    b: c\n  d: e",
                "a: \"\\u00zz\""
            })
    void brokenFrontMatterIsRefused(String content) {
        String card = "---\n" + content + "\n---\n";
        assertThrows(IllegalArgumentException.class, () -> FrontMatter.of(card));
    }

    @Test
    void theLineAtFaultIsNamed() {
        var fault = assertThrows(IllegalArgumentException.class, () -> FrontMatter.of("---\na: b\nc: [d\n---\n"));
        assertTrue(String.valueOf(fault.getMessage()).startsWith("line "), fault.getMessage());
    }

    @Test
    void deepNestingEnds() {
        assertThrows(IllegalArgumentException.class, () -> FrontMatter.of("---\na: " + "[".repeat(100_000)));
        assertThrows(IllegalArgumentException.class, () -> FrontMatter.of("---\n" + "- ".repeat(100_000) + "x"));
    }

    @Test
    void mutatedCardsEitherParseOrAreFaults() throws IOException {
        byte[] card = resource("front-matter.md").getBytes(StandardCharsets.UTF_8);
        Random random = new Random(20);
        byte[] bits = "-:[]{}'\"|># \n\\~ab".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 5000; i++) {
            byte[] mutated = card.clone();
            for (int change = random.nextInt(1, 6); change > 0; change--)
                mutated[random.nextInt(4, mutated.length)] = bits[random.nextInt(bits.length)];
            try {
                FrontMatter.of(new String(mutated, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException fault) {
                assertFalse(String.valueOf(fault.getMessage()).isBlank(), fault.toString());
            }
        }
    }
}
