package dev.lutra.engine.tokenizer;

/**
 * The classes of characters that the pre-tokenizers' expressions distinguish: {@code \p{L}}, {@code \p{M}}, {@code \p{N}},
 * {@code \s} as Oniguruma defines them, and the rest. Java's {@code \s} and {@code Character.isWhitespace} are other sets.
 */
final class CharacterClass {
    static final byte OTHER = 0;
    static final byte LETTER = 1;
    static final byte MARK = 2;
    static final byte NUMBER = 3;
    /** Unicode's White_Space except line ends. */
    static final byte SPACE = 4;
    /** CR and LF. */
    static final byte LINE_END = 5;

    /**
     * Classes of the basic plane, each plus 1 once it has been asked for: one load instead of a search in the JDK's two-level
     * tables. Threads may find out the same at once.
     */
    private static final byte[] KNOWN = new byte[0x10000];

    private CharacterClass() {}

    static byte of(int codePoint) {
        if (codePoint >= 0x10000) {
            return classify(codePoint);
        }
        int known = KNOWN[codePoint] - 1;
        if (known < 0) {
            known = classify(codePoint);
            KNOWN[codePoint] = (byte) (known + 1);
        }
        return (byte) known;
    }

    private static byte classify(int codePoint) {
        if (codePoint == '\r' || codePoint == '\n') {
            return LINE_END;
        }
        if (codePoint >= 0x09 && codePoint <= 0x0D || codePoint == 0x85 || Character.isSpaceChar(codePoint)) {
            return SPACE;
        }
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK -> MARK;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            default -> OTHER;
        };
    }
}
