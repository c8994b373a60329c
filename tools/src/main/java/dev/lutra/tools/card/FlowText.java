package dev.lutra.tools.card;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of YAML that knows no indentation: quoted strings, {@code [a, b]} and {@code {a: b}}. */
final class FlowText {
    private static final int DEEPEST = 32;

    private final String text;
    private int at;

    private FlowText(String text) {
        this.text = text;
    }

    /**
     * The value that {@code text} begins with.
     *
     * @param text begins with a quote or a bracket
     * @return a string, a list or a map; null when {@code text} ends before the value does
     * @throws IllegalArgumentException when it is no value
     */
    static @Nullable Object parse(String text) {
        FlowText flow = new FlowText(text);
        try {
            Object value = flow.value(0);
            flow.skipSpace();
            if (flow.at < text.length() && flow.peek() != '#')
                throw new IllegalArgumentException("'" + text.substring(flow.at) + "' follows a closed value");
            return value;
        } catch (StringIndexOutOfBoundsException unfinished) {
            return null;
        }
    }

    private char peek() {
        return text.charAt(at);
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(peek())) at++;
    }

    private Object value(int depth) {
        if (depth > DEEPEST) throw new IllegalArgumentException("values are nested too deeply");
        skipSpace();
        return switch (peek()) {
            case '[' -> list(depth);
            case '{' -> map(depth);
            case '"', '\'' -> quoted();
            default -> plain();
        };
    }

    private List<Object> list(int depth) {
        List<Object> values = new ArrayList<>();
        at++;
        for (skipSpace(); peek() != ']'; skipSpace()) {
            values.add(value(depth + 1));
            skipSpace();
            if (peek() == ',') at++;
            else if (peek() != ']') throw new IllegalArgumentException("a list goes on with '" + peek() + "'");
        }
        at++;
        return values;
    }

    private Map<String, Object> map(int depth) {
        Map<String, Object> values = new LinkedHashMap<>();
        at++;
        for (skipSpace(); peek() != '}'; skipSpace()) {
            String key = value(depth + 1).toString();
            skipSpace();
            if (peek() != ':') throw new IllegalArgumentException("the key '" + key + "' has no value");
            at++;
            values.put(key, value(depth + 1));
            skipSpace();
            if (peek() == ',') at++;
            else if (peek() != '}') throw new IllegalArgumentException("a map goes on with '" + peek() + "'");
        }
        at++;
        return values;
    }

    private String plain() {
        int from = at;
        while (",[]{}".indexOf(peek()) < 0 && !(peek() == ':' && Character.isWhitespace(text.charAt(at + 1)))) at++;
        return text.substring(from, at).strip();
    }

    private String quoted() {
        char quote = text.charAt(at++);
        StringBuilder out = new StringBuilder();
        for (; ; at++) {
            char c = peek();
            if (c == quote && quote == '\'' && at + 1 < text.length() && text.charAt(at + 1) == quote) {
                out.append(text.charAt(at++));
            } else if (c == quote) {
                at++;
                return out.toString();
            } else if (c == '\\' && quote == '"') {
                at++;
                out.append(escaped());
            } else {
                out.append(c);
            }
        }
    }

    private String escaped() {
        int digits = switch (peek()) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            default -> 0;
        };
        if (digits > 0) {
            String hex = text.substring(at + 1, at + 1 + digits);
            at += digits;
            return Character.toString(Integer.parseInt(hex, 16));
        }
        return switch (peek()) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case '0' -> "\0";
            default -> String.valueOf(peek());
        };
    }
}
