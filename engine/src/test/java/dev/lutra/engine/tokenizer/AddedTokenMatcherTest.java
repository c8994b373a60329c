package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The matching flags, with the outcomes that Hugging Face's tokenizers 0.23.2 gives for the same tokens and texts. */
class AddedTokenMatcherTest {
    private final AddedTokenMatcher matcher = new AddedTokenMatcher(List.of(
            new AddedToken(1, "<a>", true),
            new AddedToken(2, "<a><b>", true),
            new AddedToken(3, "<b>", true),
            new AddedToken(4, "[left]", true, false, true, false, false),
            new AddedToken(5, "[right]", true, false, false, true, false),
            new AddedToken(6, "word", false, false, false, false, true)));

    private String split(String text) {
        StringBuilder out = new StringBuilder();
        for (AddedTokenMatcher.Part part : matcher.split(text)) {
            AddedToken token = part.token();
            out.append(token == null ? "" : token.id() + "=")
                    .append('{')
                    .append(text, part.from(), part.to())
                    .append('}');
        }
        return out.toString();
    }

    @Test
    void prefersTheLeftmostThenTheLongest() {
        assertEquals("2={<a><b>}1={<a>}{ }3={<b>}", split("<a><b><a> <b>"));
        assertEquals("{x<a}1={<a>}{>}", split("x<a<a>>"));
        assertEquals("{<a}", split("<a"));
        assertEquals("", split(""));
    }

    @Test
    void stripsWhitespace() {
        assertEquals("{x}4={ \t[left]}{ y}", split("x \t[left] y"));
        assertEquals("{x }5={[right] \n}{y}", split("x [right] \ny"));
        assertEquals("5={[right] }4={[left]}", split("[right] [left]"));
    }

    @Test
    void findsSingleWordsOnly() {
        assertEquals("6={word}{ }6={word}{, words sword w_word }6={word}", split("word word, words sword w_word word"));
        assertEquals("{\u00e9word word\u0301}", split("\u00e9word word\u0301"));
    }
}
