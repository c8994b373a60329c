package dev.lutra.engine.tokenizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in text: leftmost first, the longest of those that begin together, none overlapping. */
final class AddedTokenMatcher {
    private final Node root = new Node();

    AddedTokenMatcher(Collection<AddedToken> tokens) {
        for (AddedToken token : tokens) {
            Node node = root;
            for (int i = 0; i < token.content().length(); i++) {
                node = node.children.computeIfAbsent(token.content().charAt(i), c -> new Node());
            }
            node.token = token;
        }
    }

    /** A stretch of the text: an added token, or text between two of them when {@code token} is null. */
    record Part(int from, int to, @Nullable AddedToken token) {}

    /** Cuts {@code text} into parts that cover it. Whitespace that a token strips belongs to the token's part. */
    List<Part> split(String text) {
        List<Part> parts = new ArrayList<>();
        int done = 0;
        int i = root.children.isEmpty() ? text.length() : 0;
        while (i < text.length()) {
            AddedToken token = longestAt(text, i);
            if (token == null) {
                i++;
                continue;
            }
            int from = i;
            int to = i + token.content().length();
            i = to;
            if (token.singleWord() && touchesWord(text, from, to)) {
                continue;
            }
            while (token.lstrip() && from > done && isSpace(text.charAt(from - 1))) {
                from--;
            }
            while (token.rstrip() && to < text.length() && isSpace(text.charAt(to))) {
                to++;
            }
            if (from > done) {
                parts.add(new Part(done, from, null));
            }
            parts.add(new Part(from, to, token));
            done = to;
            i = to;
        }
        if (done < text.length()) {
            parts.add(new Part(done, text.length(), null));
        }
        return parts;
    }

    private @Nullable AddedToken longestAt(String text, int from) {
        Node node = root;
        AddedToken longest = null;
        for (int i = from; i < text.length(); i++) {
            node = node.children.get(text.charAt(i));
            if (node == null) {
                break;
            }
            if (node.token != null) {
                longest = node.token;
            }
        }
        return longest;
    }

    private static boolean touchesWord(String text, int from, int to) {
        return from > 0 && isWord(text.codePointBefore(from)) || to < text.length() && isWord(text.codePointAt(to));
    }

    /** The {@code \w} of Unicode's regular expressions. */
    private static boolean isWord(int codePoint) {
        return Character.isAlphabetic(codePoint)
                || Character.isDigit(codePoint)
                || CharacterClass.of(codePoint) == CharacterClass.MARK
                || Character.getType(codePoint) == Character.CONNECTOR_PUNCTUATION
                || codePoint == 0x200C
                || codePoint == 0x200D;
    }

    private static boolean isSpace(char c) {
        byte kind = CharacterClass.of(c);
        return kind == CharacterClass.SPACE || kind == CharacterClass.LINE_END;
    }

    private static final class Node {
        final Map<Character, Node> children = new HashMap<>(2);

        @Nullable
        AddedToken token;
    }
}
