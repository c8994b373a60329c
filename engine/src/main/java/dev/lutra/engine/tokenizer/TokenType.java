package dev.lutra.engine.tokenizer;

/** What a vocabulary entry is, with the numbers of GGUF's {@code tokenizer.ggml.token_type}. */
public enum TokenType {
    /** A product of merges, spelled in the byte alphabet. */
    NORMAL(1),
    UNKNOWN(2),
    /** An added token that steers the model and is no text: {@code <|im_end|>}. */
    CONTROL(3),
    /** An added token that is text: {@code <tool_call>}. */
    USER_DEFINED(4),
    /** A row of the embedding that no token uses: {@code [PAD151665]}. */
    UNUSED(5),
    BYTE(6);

    private static final TokenType[] BY_CODE = {NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE};

    private final int code;

    TokenType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException when no type has this code */
    public static TokenType of(int code) {
        if (code >= 1 && code <= BY_CODE.length) {
            return BY_CODE[code - 1];
        }
        throw new IllegalArgumentException("token type " + code + " is none of 1 to 6");
    }

    /** Whether a special token is of this type: one that is skipped when text is decoded for people. */
    boolean isSpecial() {
        return this == CONTROL || this == UNKNOWN;
    }

    /** Whether tokens of this type are found in the text as it stands. */
    boolean isAdded() {
        return isSpecial() || this == USER_DEFINED;
    }
}
