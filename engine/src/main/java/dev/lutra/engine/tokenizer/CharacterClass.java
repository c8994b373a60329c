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

    /** Classes of the basic plane: one load instead of a search in the JDK's two-level tables. */
    private static final byte[] BASIC = new byte[0x10000];

    static {
        for (int c = 0; c < BASIC.length; c++) {
            BASIC[c] = classify(c);
        }
    }

    private CharacterClass() {}

    static byte of(int codePoint) {
        return codePoint < 0x10000 ? BASIC[codePoint] : classify(codePoint);
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
