package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * A tokenized text as JSON shows it.
 *
 * @param ids the tokens
 * @param pieces the text of every token by itself; a token that ends inside a character has U+FFFD there
 */
record Tokens(int[] ids, List<String> pieces) {
    static Tokens of(Tokenizer tokenizer, int[] ids) {
        return new Tokens(ids, Arrays.stream(ids).mapToObj(tokenizer::decode).toList());
    }

    /** The same with the text of all tokens together, which is more than the pieces when characters are split. */
    record Decoded(int[] ids, List<String> pieces, String text) {
        static Decoded of(Tokenizer tokenizer, int[] ids, boolean skipSpecial) {
            return new Decoded(ids, Tokens.of(tokenizer, ids).pieces(), tokenizer.decode(ids, skipSpecial));
        }
    }
}
