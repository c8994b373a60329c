package dev.lutra.tools.dummy;

import dev.lutra.engine.tokenizer.AddedToken;
import dev.lutra.engine.tokenizer.Normalization;
import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.engine.tokenizer.SpecialIds;
import dev.lutra.engine.tokenizer.TokenType;
import dev.lutra.engine.tokenizer.TokenizerData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The smallest vocabulary that can spell every text: a token per byte, no merges, and Qwen's control tokens. */
final class ByteVocabulary {
    /** In the order of their ids, which follow those of the bytes. */
    static final List<String> CONTROLS = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

    private static final int BYTES = 256;
    static final int END_OF_TEXT = BYTES;
    static final int END_OF_TURN = BYTES + 2;

    private ByteVocabulary() {}

    /**
     * The vocabulary of a model with {@code size} rows in its embedding; what the tokens leave over is unused.
     *
     * @throws IllegalArgumentException when the rows are too few
     */
    static TokenizerData of(int size) {
        int used = BYTES + CONTROLS.size();
        if (size < used)
            throw new IllegalArgumentException("a vocabulary of " + size + " cannot hold " + BYTES + " bytes and "
                    + CONTROLS.size() + " control tokens; vocab_size must be at least " + used);
        List<String> tokens = new ArrayList<>();
        List<TokenType> types = new ArrayList<>();
        List<AddedToken> added = new ArrayList<>();
        char next = 0x100;
        for (int value = 0; value < BYTES; value++) {
            tokens.add(String.valueOf(isPrintable(value) ? (char) value : next++));
            types.add(TokenType.NORMAL);
        }
        for (String control : CONTROLS) {
            added.add(new AddedToken(tokens.size(), control, true));
            tokens.add(control);
            types.add(TokenType.CONTROL);
        }
        Map<SpecialIds.Role, Integer> roles = new LinkedHashMap<>();
        roles.put(SpecialIds.Role.EOS, END_OF_TURN);
        roles.put(SpecialIds.Role.PADDING, END_OF_TEXT);
        return new TokenizerData(
                        tokens,
                        types,
                        List.of(),
                        added,
                        PreTokenizer.QWEN2,
                        Normalization.NFC,
                        false,
                        new SpecialIds(roles),
                        Set.of(),
                        false,
                        false,
                        null)
                .padTo(size);
    }

    /** Whether GPT-2's byte alphabet spells the byte by the character of its own number. */
    private static boolean isPrintable(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
    }
}
