package dev.lutra.engine.tokenizer;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/** The types of a vocabulary's entries, a byte each. Immutable. */
final class TokenTypes extends AbstractList<TokenType> implements RandomAccess {
    /** Whether tokens of the type with that number are added tokens. */
    private static final boolean[] ADDED = new boolean[TokenType.values().length + 1];

    static {
        for (TokenType type : TokenType.values()) {
            ADDED[type.code()] = type.isAdded();
        }
    }

    private final byte[] codes;

    private TokenTypes(byte[] codes) {
        this.codes = codes;
    }

    /**
     * Types by the numbers of GGUF's {@code tokenizer.ggml.token_type}.
     *
     * @throws IllegalArgumentException naming the first token whose number is none of a type
     */
    static TokenTypes ofCodes(int[] codes) {
        byte[] bytes = new byte[codes.length];
        for (int id = 0; id < codes.length; id++) {
            if (codes[id] < 1 || codes[id] >= ADDED.length) {
                throw new IllegalArgumentException("token " + id + ": token type " + codes[id] + " is none of 1 to 6");
            }
            bytes[id] = (byte) codes[id];
        }
        return new TokenTypes(bytes);
    }

    /** The types in {@code list}; the list itself if it is one of this kind. */
    static TokenTypes copyOf(List<TokenType> list) {
        return list instanceof TokenTypes same
                ? same
                : ofCodes(list.stream().mapToInt(TokenType::code).toArray());
    }

    /** The first token from {@code id} on that is found in the text as it stands, or the number of tokens. */
    int nextAdded(int id) {
        int next = id;
        while (next < codes.length && !ADDED[codes[next]]) {
            next++;
        }
        return next;
    }

    @Override
    public TokenType get(int id) {
        return TokenType.of(codes[id]);
    }

    @Override
    public int size() {
        return codes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenTypes types ? Arrays.equals(codes, types.codes) : super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
