package dev.lutra.tools.card;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The YAML between two lines {@code ---} at the head of a model card, as far as cards use YAML: maps and lists by indentation,
 * {@code [a, b]}, {@code {a: b}}, plain, quoted and block scalars, comments. Every scalar is taken as text (a version is
 * {@code 2.5}, Norwegian is {@code no}); keys without a value are left out.
 */
final class FrontMatter {
    private static final String FENCE = "---";
    private static final int DEEPEST = 32;

    private final List<String> lines;
    private int next;
    private int depth;

    private FrontMatter(List<String> lines) {
        this.lines = lines;
    }

    /**
     * The fields of {@code card}: strings, lists and maps; none when it has no front matter.
     *
     * @throws IllegalArgumentException when it is not the YAML described above, with the line
     */
    static Map<String, Object> of(String card) {
        List<String> all = card.lines().toList();
        if (all.isEmpty() || !all.getFirst().equals(FENCE)) return Map.of();
        List<String> lines = new ArrayList<>();
        for (String line : all.subList(1, all.size())) {
            if (line.equals(FENCE)) break;
            lines.add(line.replace("\t", "  "));
        }
        FrontMatter matter = new FrontMatter(lines);
        try {
            if (!matter.more()) return Map.of();
            int indent = matter.indent();
            Object root = matter.block(indent);
            if (matter.more()) throw new IllegalArgumentException("the indentation fits nothing above");
            if (!(root instanceof Map<?, ?> map)) throw new IllegalArgumentException("there are no keys");
            Map<String, Object> fields = new LinkedHashMap<>();
            map.forEach((key, value) -> fields.put(String.valueOf(key), value));
            return fields;
        } catch (IllegalArgumentException e) {
            int line = Math.min(matter.next, lines.size()) + 2;
            throw new IllegalArgumentException("line " + line + ": " + e.getMessage(), e);
        }
    }

    /** Goes on to the next line that says something; false at the end. */
    private boolean more() {
        while (next < lines.size()) {
            String line = lines.get(next).strip();
            if (!line.isEmpty() && line.charAt(0) != '#') return true;
            next++;
        }
        return false;
    }

    private int indent() {
        return indentOf(lines.get(next));
    }

    private static int indentOf(String line) {
        int indent = 0;
        while (indent < line.length() && line.charAt(indent) == ' ') indent++;
        return indent;
    }

    private static boolean isItem(String text) {
        return text.equals("-") || text.startsWith("- ");
    }

    /** The map or list whose lines are indented by {@code indent}. */
    private Object block(int indent) {
        if (++depth > DEEPEST) throw new IllegalArgumentException("values are nested too deeply");
        Object value = isItem(lines.get(next).substring(indent)) ? list(indent) : map(indent);
        depth--;
        return value;
    }

    private List<Object> list(int indent) {
        List<Object> items = new ArrayList<>();
        while (more() && indent() == indent && isItem(lines.get(next).substring(indent))) {
            String line = lines.get(next);
            String item = line.substring(indent + 1).strip();
            Object value;
            if (isItem(item) || isEntry(item)) {
                // a list or a map that begins beside the dash
                lines.set(next, line.substring(0, indent) + " " + line.substring(indent + 1));
                value = block(indent());
            } else {
                next++;
                value = value(item, indent, false);
            }
            if (value != null) items.add(value);
        }
        return items;
    }

    private Map<String, Object> map(int indent) {
        Map<String, Object> entries = new LinkedHashMap<>();
        while (more() && indent() == indent && !isItem(lines.get(next).substring(indent))) {
            String entry = lines.get(next).strip();
            int colon = colon(entry);
            if (colon < 0) throw new IllegalArgumentException("'" + entry + "' is no key with a value");
            String key = entry.substring(0, colon).strip();
            if (key.startsWith("\"") || key.startsWith("'")) key = String.valueOf(FlowText.parse(key));
            next++;
            Object value = value(entry.substring(colon + 1).strip(), indent, true);
            if (value != null) entries.put(key, value);
        }
        return entries;
    }

    private static boolean isEntry(String text) {
        return "\"'[{|>".indexOf(text.isEmpty() ? '[' : text.charAt(0)) < 0 && colon(text) > 0;
    }

    /** Where the key of an entry ends, -1 when there is none. */
    private static int colon(String entry) {
        char quote = entry.charAt(0);
        int from = quote == '"' || quote == '\'' ? entry.indexOf(quote, 1) : 0;
        for (int at = entry.indexOf(':', Math.max(from, 0)); at >= 0; at = entry.indexOf(':', at + 1))
            if (at + 1 == entry.length() || entry.charAt(at + 1) == ' ') return at;
        return -1;
    }

    /**
     * The value that begins with {@code text}; the line after it is the next.
     *
     * @param indent of the line that it stands on
     * @param listsBeside whether a list may begin below at the same indentation, as it may below a key
     */
    private @Nullable Object value(String text, int indent, boolean listsBeside) {
        if (text.isEmpty() || text.charAt(0) == '#') {
            if (!more()) return null;
            boolean list = isItem(lines.get(next).strip());
            return indent() > indent || listsBeside && list && indent() == indent ? block(indent()) : null;
        }
        return switch (text.charAt(0)) {
            case '|', '>' -> blockScalar(text, indent);
            case '"', '\'', '[', '{' -> flow(text);
            default -> plain(text, indent);
        };
    }

    private Object flow(String begin) {
        String text = begin;
        Object value = FlowText.parse(text);
        while (value == null) {
            if (next == lines.size()) throw new IllegalArgumentException("'" + begin + "' is never closed");
            text = text + " " + lines.get(next++).strip();
            value = FlowText.parse(text);
        }
        return value;
    }

    private @Nullable String plain(String begin, int indent) {
        StringBuilder text = new StringBuilder(withoutComment(begin));
        while (more() && indent() > indent)
            text.append(' ').append(withoutComment(lines.get(next++).strip()));
        String value = text.toString();
        return value.equals("~") || value.equals("null") ? null : value;
    }

    private static String withoutComment(String text) {
        int comment = text.indexOf(" #");
        return comment < 0 ? text : text.substring(0, comment).strip();
    }

    /** {@code |} keeps line breaks, {@code >} folds them; {@code -} behind either drops the last. */
    private String blockScalar(String header, int indent) {
        List<String> content = new ArrayList<>();
        while (next < lines.size() && (lines.get(next).isBlank() || indentOf(lines.get(next)) > indent))
            content.add(lines.get(next++));
        while (!content.isEmpty() && content.getLast().isBlank()) content.removeLast();
        int margin = content.stream()
                .filter(line -> !line.isBlank())
                .mapToInt(FrontMatter::indentOf)
                .min()
                .orElse(0);
        List<String> shown = content.stream()
                .map(line -> line.isBlank() ? "" : line.substring(margin))
                .toList();
        String text = String.join("\n", shown);
        if (header.charAt(0) == '>')
            text = text.replaceAll("(?<!\n)\n(?!\n)", " ").replace("\n\n", "\n");
        return header.contains("-") || text.isEmpty() ? text : text + "\n";
    }
}
