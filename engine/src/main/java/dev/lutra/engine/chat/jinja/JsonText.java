package dev.lutra.engine.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * JSON as Python's {@code json.dumps(value, ensure_ascii=False)} spells it, which is what models were trained on: a space
 * after every comma and colon, other than Jackson would.
 */
final class JsonText {
    /** spaces per level, or -1 for one line */
    private final int indent;

    private final String comma;
    private final String colon;
    private final StringBuilder out = new StringBuilder();

    private JsonText(int indent, String comma, String colon) {
        this.indent = indent;
        this.comma = comma;
        this.colon = colon;
    }

    /** @param indent spaces per level, or -1 for everything on one line */
    static String of(@Nullable Object value, int indent) {
        return of(value, indent, indent < 0 ? ", " : ",", ": ");
    }

    /**
     * @param comma what separates elements
     * @param colon what separates a key from its value
     */
    static String of(@Nullable Object value, int indent, String comma, String colon) {
        JsonText json = new JsonText(indent, comma, colon);
        json.write(value, 0);
        return json.out.toString();
    }

    private void write(@Nullable Object value, int level) {
        switch (value) {
            case null -> out.append("null");
            case Boolean flag -> out.append(flag);
            case Double number -> out.append(number(number));
            case Number number -> out.append(number);
            case String text -> quote(text);
            case List<?> list -> sequence('[', list.iterator(), element -> write(element, level + 1), ']', level);
            case Map<?, ?> map ->
                sequence(
                        '{',
                        map.entrySet().iterator(),
                        entry -> {
                            quote(PythonText.of(entry.getKey()));
                            out.append(colon);
                            write(entry.getValue(), level + 1);
                        },
                        '}',
                        level);
            default -> throw new JinjaException(Values.type(value) + " cannot be written as JSON");
        }
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return Double.isInfinite(value) ? (value > 0 ? "Infinity" : "-Infinity") : PythonText.number(value);
    }

    private <T extends @Nullable Object> void sequence(
            char open, Iterator<T> items, Consumer<T> writer, char close, int level) {
        out.append(open);
        boolean any = items.hasNext();
        while (items.hasNext()) {
            newLine(level + 1);
            writer.accept(items.next());
            if (items.hasNext()) {
                out.append(comma);
            }
        }
        if (any) {
            newLine(level);
        }
        out.append(close);
    }

    private void newLine(int level) {
        if (indent >= 0) {
            out.append('\n').repeat(' ', level * indent);
        }
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
