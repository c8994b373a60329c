package dev.lutra.engine.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attributes of values: the methods of Python's strings, mappings and lists that read, and the items of mappings. */
final class Methods {
    private static final List<String> STRING_METHODS = List.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "startswith",
            "endswith",
            "upper",
            "lower",
            "title",
            "capitalize",
            "replace",
            "find",
            "rfind",
            "count",
            "join",
            "removeprefix",
            "removesuffix",
            "isdigit",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower");

    private Methods() {}

    /** {@code object.name}: a method first, then an item of a mapping, as Jinja looks attributes up. */
    static @Nullable Object attribute(@Nullable Object object, String name) {
        return switch (object) {
            case Attributes attributes -> attributes.attribute(name);
            case String text
            when STRING_METHODS.contains(name) -> (Function) arguments -> string(text, name, arguments);
            case Map<?, ?> map -> mapping(map, name);
            case List<?> list
            when name.equals("index") || name.equals("count") -> (Function) arguments -> list(list, name, arguments);
            case Undefined undefined -> throw new JinjaException("'" + undefined.what() + "' is undefined");
            case null, default -> new Undefined(name);
        };
    }

    private static @Nullable Object mapping(Map<?, ?> map, String name) {
        return switch (name) {
            case "items" -> (Function) arguments -> items(map);
            case "keys" -> (Function) arguments -> new ArrayList<>(map.keySet());
            case "values" -> (Function) arguments -> new ArrayList<>(map.values());
            case "get" ->
                (Function) arguments -> {
                    Object key = arguments.get(0, "key", null);
                    return map.containsKey(key) ? map.get(key) : arguments.get(1, "default", null);
                };
            case "copy", "pop", "popitem", "update", "setdefault", "clear", "fromkeys" ->
                throw new JinjaException("the method '" + name + "' of mappings is not supported");
            default -> map.containsKey(name) ? map.get(name) : new Undefined(name);
        };
    }

    /** The entries of a mapping as pairs. */
    static List<@Nullable Object> items(Map<?, ?> map) {
        List<@Nullable Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(Arrays.asList(key, value)));
        return items;
    }

    private static Object list(List<?> list, String name, CallArguments arguments) {
        Object item = arguments.get(0, "value", null);
        if (name.equals("count")) {
            return list.stream().filter(element -> Values.equal(element, item)).count();
        }
        for (int i = 0; i < list.size(); i++) {
            if (Values.equal(list.get(i), item)) {
                return (long) i;
            }
        }
        throw new JinjaException(PythonText.of(item) + " is not in the list");
    }

    private static Object string(String text, String name, CallArguments arguments) {
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> {
                Object characters = arguments.get(0, "chars", null);
                yield strip(text, characters == null ? null : PythonText.of(characters), name);
            }
            case "split", "rsplit" -> split(text, name, arguments);
            case "splitlines" -> text.lines().toList();
            case "startswith" -> affixes(arguments).stream().anyMatch(affix -> text.startsWith(PythonText.of(affix)));
            case "endswith" -> affixes(arguments).stream().anyMatch(affix -> text.endsWith(PythonText.of(affix)));
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalize(text);
            case "replace" ->
                replace(
                        text,
                        arguments.string(0, "old"),
                        arguments.string(1, "new"),
                        arguments.integer(2, "count", -1));
            case "find" -> codePoints(text, text.indexOf(arguments.string(0, "sub")));
            case "rfind" -> codePoints(text, text.lastIndexOf(arguments.string(0, "sub")));
            case "count" -> count(text, arguments.string(0, "sub"));
            case "join" ->
                String.join(
                        text,
                        Values.items(arguments.get(0, "iterable", null)).stream()
                                .map(PythonText::of)
                                .toList());
            case "removeprefix" -> {
                String prefix = arguments.string(0, "prefix");
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = arguments.string(0, "suffix");
                yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
            }
            case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
            case "isalpha" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
            case "isalnum" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetterOrDigit);
            case "isspace" -> !text.isEmpty() && text.codePoints().allMatch(Methods::isSpace);
            case "isupper" -> cased(text) && text.equals(text.toUpperCase(Locale.ROOT));
            default -> cased(text) && text.equals(text.toLowerCase(Locale.ROOT));
        };
    }

    private static boolean cased(String text) {
        return text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
    }

    /** One affix, or a tuple of them. */
    private static List<? extends @Nullable Object> affixes(CallArguments arguments) {
        return arguments.get(0, "prefix", null) instanceof List<?> several
                ? several
                : List.of(arguments.string(0, "prefix"));
    }

    /** @param characters what to strip, null for whitespace */
    static String strip(String text, @Nullable String characters, String method) {
        int from = 0;
        int to = text.length();
        while (!method.equals("rstrip") && from < to && strips(text.codePointAt(from), characters)) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (!method.equals("lstrip") && to > from && strips(text.codePointBefore(to), characters)) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static boolean strips(int c, @Nullable String characters) {
        return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static List<String> split(String text, String name, CallArguments arguments) {
        Object separator = arguments.get(0, "sep", null);
        long limit = arguments.integer(1, "maxsplit", -1);
        if (name.equals("rsplit") && limit >= 0) {
            throw new JinjaException("rsplit with a limit is not supported");
        }
        if (separator != null && PythonText.of(separator).isEmpty()) {
            throw new JinjaException("the separator of a split must not be empty");
        }
        List<String> parts = new ArrayList<>();
        String rest = separator == null ? strip(text, null, "lstrip") : text;
        while (separator != null || !rest.isEmpty()) {
            int end = limit >= 0 && parts.size() >= limit ? -1 : end(rest, separator);
            if (end < 0) {
                break;
            }
            parts.add(rest.substring(0, end));
            rest = separator == null
                    ? strip(rest.substring(end), null, "lstrip")
                    : rest.substring(end + PythonText.of(separator).length());
        }
        if (separator != null || !rest.isEmpty()) {
            parts.add(rest);
        }
        return parts;
    }

    private static int end(String text, @Nullable Object separator) {
        if (separator != null) {
            return text.indexOf(PythonText.of(separator));
        }
        for (int i = 0; i < text.length(); i++) {
            if (isSpace(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    static String replace(String text, String old, String replacement, long count) {
        if (count < 0) {
            Budget.checkLength(text.length() + (text.length() + 1L) * replacement.length());
            return text.replace(old, replacement);
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (long n = 0; n < count; n++) {
            int at = text.indexOf(old, from);
            if (at < 0 || old.isEmpty()) {
                break;
            }
            out.append(text, from, at).append(replacement);
            from = at + old.length();
        }
        return out.append(text, from, text.length()).toString();
    }

    private static long count(String text, String part) {
        return part.isEmpty()
                ? Values.length(text) + 1
                : (text.length() - text.replace(part, "").length()) / part.length();
    }

    private static long codePoints(String text, int index) {
        return index < 0 ? -1 : text.codePointCount(0, index);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int end = text.offsetByCodePoints(0, 1);
        return text.substring(0, end).toUpperCase(Locale.ROOT)
                + text.substring(end).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }
}
