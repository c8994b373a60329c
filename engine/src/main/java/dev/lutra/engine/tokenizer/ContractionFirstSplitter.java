package dev.lutra.engine.tokenizer;

/**
 * The splits of Qwen2, Qwen3.5 and Llama 3, which differ in two points only. In the order of the expression's alternatives:
 *
 * <ol>
 *   <li>an English contraction's tail in any letter case ({@code 's}, {@code 'LL})
 *   <li>letters, with at most one character before them that is neither letter, digit nor line end
 *   <li>digits, at most {@code digits} of them
 *   <li>other characters, with at most one space before and any line ends after them
 *   <li>whitespace up to its last line end; else whitespace without its last character, which then belongs to what follows;
 *       else whitespace
 * </ol>
 */
final class ContractionFirstSplitter implements TextSplitter {
    /** Folds to "s": the only letter outside ASCII that the case-blind contractions match. */
    private static final char LONG_S = '\u017F';

    private final boolean marksAreLetters;
    private final int digits;

    /**
     * @param marksAreLetters whether combining marks count as letters (Qwen3.5) or as other characters
     * @param digits the most digits in a word
     */
    ContractionFirstSplitter(boolean marksAreLetters, int digits) {
        this.marksAreLetters = marksAreLetters;
        this.digits = digits;
    }

    @Override
    public int next(String text, int from) {
        int first = text.codePointAt(from);
        int afterFirst = from + Character.charCount(first);
        if (first == '\'') {
            int end = contraction(text, afterFirst);
            if (end > 0) {
                return end;
            }
        }
        byte kind = kind(first);
        if (kind == CharacterClass.LETTER) {
            return letters(text, afterFirst);
        }
        if (kind == CharacterClass.NUMBER) {
            return numbers(text, afterFirst);
        }
        byte following = afterFirst < text.length() ? kind(text.codePointAt(afterFirst)) : CharacterClass.SPACE;
        if (kind != CharacterClass.LINE_END && following == CharacterClass.LETTER) {
            return letters(text, afterFirst);
        }
        if (kind == CharacterClass.OTHER || first == ' ' && following == CharacterClass.OTHER) {
            return others(text, afterFirst);
        }
        return WhitespaceRun.endWithLines(text, from);
    }

    private byte kind(int codePoint) {
        byte kind = CharacterClass.of(codePoint);
        if (kind == CharacterClass.MARK) {
            return marksAreLetters ? CharacterClass.LETTER : CharacterClass.OTHER;
        }
        return kind;
    }

    private int letters(String text, int from) {
        int i = from;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (kind(c) != CharacterClass.LETTER) {
                break;
            }
            i += Character.charCount(c);
        }
        return i;
    }

    private int numbers(String text, int from) {
        int i = from;
        for (int n = 1; n < digits && i < text.length(); n++) {
            int c = text.codePointAt(i);
            if (kind(c) != CharacterClass.NUMBER) {
                break;
            }
            i += Character.charCount(c);
        }
        return i;
    }

    private int others(String text, int from) {
        int i = from;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (kind(c) != CharacterClass.OTHER) {
                break;
            }
            i += Character.charCount(c);
        }
        while (i < text.length() && CharacterClass.of(text.charAt(i)) == CharacterClass.LINE_END) {
            i++;
        }
        return i;
    }

    /** The end of the contraction whose apostrophe is just before {@code from}, or 0. */
    private static int contraction(String text, int from) {
        if (from >= text.length()) {
            return 0;
        }
        char a = lower(text.charAt(from));
        if (a == 's' || a == 't' || a == 'm' || a == 'd') {
            return from + 1;
        }
        if (from + 1 >= text.length()) {
            return 0;
        }
        char b = lower(text.charAt(from + 1));
        boolean matches = (a == 'r' || a == 'v') && b == 'e' || a == 'l' && b == 'l';
        return matches ? from + 2 : 0;
    }

    private static char lower(char c) {
        if (c == LONG_S) {
            return 's';
        }
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
    }
}
