package dev.lutra.engine.tokenizer;

/**
 * GPT-2's split: a contraction's tail in lower case; letters, digits or other characters, each with at most one space before
 * them; whitespace without its last character where something follows.
 */
final class Gpt2Splitter implements TextSplitter {
    @Override
    public int next(String text, int from) {
        int first = text.codePointAt(from);
        if (first == '\'') {
            int end = contraction(text, from);
            if (end > 0) {
                return end;
            }
        }
        int start = from;
        if (first == ' ' && from + 1 < text.length()) {
            start = from + 1;
        }
        byte kind = kind(text.codePointAt(start));
        return kind == CharacterClass.SPACE ? WhitespaceRun.end(text, from) : run(text, start, kind);
    }

    /** Marks are other characters here, and line ends are spaces. */
    private static byte kind(int codePoint) {
        byte kind = CharacterClass.of(codePoint);
        return switch (kind) {
            case CharacterClass.MARK -> CharacterClass.OTHER;
            case CharacterClass.LINE_END -> CharacterClass.SPACE;
            default -> kind;
        };
    }

    private static int run(String text, int from, byte kind) {
        int i = from;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (kind(c) != kind) {
                break;
            }
            i += Character.charCount(c);
        }
        return i;
    }

    private static int contraction(String text, int apostrophe) {
        int from = apostrophe + 1;
        if (from >= text.length()) {
            return 0;
        }
        char a = text.charAt(from);
        if (a == 's' || a == 't' || a == 'm' || a == 'd') {
            return from + 1;
        }
        boolean two = text.startsWith("re", from) || text.startsWith("ve", from) || text.startsWith("ll", from);
        return two ? from + 2 : 0;
    }
}
