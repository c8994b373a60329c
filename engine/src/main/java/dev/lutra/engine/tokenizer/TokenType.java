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

    private final int code;

    TokenType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException when no type has this code */
    public static TokenType of(int code) {
        for (TokenType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new IllegalArgumentException("token type " + code + " is none of 1 to 6");
    }
}
