package dev.lutra.engine.tokenizer;

/** The alternatives for whitespace that end every pre-tokenizer's expression. All of White_Space is in the basic plane. */
final class WhitespaceRun {
    private WhitespaceRun() {}

    /** {@code \s*[\r\n]+|\s+(?!\S)|\s+} from {@code from}, where whitespace stands. */
    static int endWithLines(String text, int from) {
        int afterLine = 0;
        int i = from;
        for (; i < text.length(); i++) {
            byte kind = CharacterClass.of(text.charAt(i));
            if (kind == CharacterClass.LINE_END) {
                afterLine = i + 1;
            } else if (kind != CharacterClass.SPACE) {
                break;
            }
        }
        return afterLine > 0 ? afterLine : withoutLast(text, from, i);
    }

    /** {@code \s+(?!\S)|\s+} from {@code from}, where whitespace stands. */
    static int end(String text, int from) {
        int i = from;
        while (i < text.length() && isSpace(text.charAt(i))) {
            i++;
        }
        return withoutLast(text, from, i);
    }

    private static boolean isSpace(char c) {
        byte kind = CharacterClass.of(c);
        return kind == CharacterClass.SPACE || kind == CharacterClass.LINE_END;
    }

    /** What follows keeps the run's last character, unless nothing follows or the run is that character. */
    private static int withoutLast(String text, int from, int end) {
        return end == text.length() || end - from == 1 ? end : end - 1;
    }
}
