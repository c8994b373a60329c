package dev.lutra.engine.text;

import java.util.List;

/**
 * What a generation did.
 *
 * @param tokens the tokens that were chosen, a token that ended the text included
 * @param stopped why it ended
 * @param promptTokens tokens that were prefilled
 * @param promptNanos time of the prefill
 * @param decodeNanos time of everything after the prefill
 */
public record Generation(List<Integer> tokens, Stop stopped, int promptTokens, long promptNanos, long decodeNanos) {
    /** Why a generation ended. */
    public enum Stop {
        /** The model chose a token that ends a text or a turn. */
        END,
        /** As many tokens as were asked for. */
        LENGTH,
        /** The context is full. */
        CONTEXT
    }

    public Generation {
        tokens = List.copyOf(tokens);
    }
}
