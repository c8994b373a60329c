package dev.lutra.engine.chat.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What may stand after {@code |}. */
final class Filters {
    private Filters() {}

    static @Nullable Object apply(String name, @Nullable Object value, CallArguments arguments) {
        return switch (name) {
            case "tojson" -> json(value, arguments);
            case "trim" -> {
                Object characters = arguments.get(0, "chars", null);
                yield Methods.strip(
                        PythonText.of(value), characters == null ? null : PythonText.of(characters), "strip");
            }
            case "length", "count" -> Values.length(value);
            case "upper" -> PythonText.of(value).toUpperCase(Locale.ROOT);
            case "lower" -> PythonText.of(value).toLowerCase(Locale.ROOT);
            case "title" -> Methods.title(PythonText.of(value));
            case "capitalize" -> Methods.capitalize(PythonText.of(value));
            case "string" -> PythonText.of(value);
            case "safe" -> value;
            case "replace" ->
                Methods.replace(
                        PythonText.of(value),
                        arguments.string(0, "old"),
                        arguments.string(1, "new"),
                        arguments.integer(2, "count", -1));
            case "default", "d" -> {
                boolean missing =
                        value instanceof Undefined || arguments.flag(1, "boolean", false) && !Values.truth(value);
                yield missing ? arguments.get(0, "default_value", "") : value;
            }
            case "first" -> end(value, true);
            case "last" -> end(value, false);
            case "list" -> new ArrayList<>(Values.items(value));
            case "reverse" -> reverse(value);
            case "join" -> join(value, arguments);
            case "items" -> value instanceof Map<?, ?> map ? Methods.items(map) : Values.items(new Undefined("items"));
            case "dictsort" -> dictsort(value);
            case "sort" -> sort(value, arguments);
            case "unique" -> unique(value);
            case "sum" -> sum(value);
            case "min", "max" -> extreme(name, value);
            case "map" -> map(value, arguments);
            case "select" -> select(value, test(arguments), true);
            case "reject" -> select(value, test(arguments), false);
            case "selectattr" -> select(value, attributeTest(arguments), true);
            case "rejectattr" -> select(value, attributeTest(arguments), false);
            case "int" -> integer(value, arguments.get(0, "default", 0L));
            case "float" -> floating(value, arguments.get(0, "default", 0.0));
            case "abs" -> absolute(value);
            case "round" -> round(value, arguments);
            case "indent" -> indent(PythonText.of(value), arguments);
            default -> throw new JinjaException("the filter '" + name + "' is not supported");
        };
    }

    /** The arguments of transformers' filter, in its order. Text is never escaped to ASCII, as models expect it. */
    private static String json(@Nullable Object value, CallArguments arguments) {
        if (arguments.flag(0, "ensure_ascii", false) || arguments.flag(3, "sort_keys", false)) {
            throw new JinjaException("tojson with ensure_ascii or sort_keys is not supported");
        }
        Object indent = arguments.get(1, "indent", null);
        int width = indent == null ? -1 : Math.clamp(arguments.integer(1, "indent", 0), 0, 100);
        return arguments.get(2, "separators", null) instanceof List<?> separators && separators.size() == 2
                ? JsonText.of(value, width, PythonText.of(separators.get(0)), PythonText.of(separators.get(1)))
                : JsonText.of(value, width);
    }

    private static @Nullable Object end(@Nullable Object value, boolean first) {
        List<? extends @Nullable Object> items = Values.items(value);
        if (items.isEmpty()) {
            return new Undefined("an item of an empty sequence");
        }
        return first ? items.getFirst() : items.getLast();
    }

    private static Object reverse(@Nullable Object value) {
        return value instanceof String text
                ? new StringBuilder(text).reverse().toString()
                : new ArrayList<>(Values.items(value)).reversed();
    }

    private static String join(@Nullable Object value, CallArguments arguments) {
        String separator = PythonText.of(arguments.get(0, "d", ""));
        Object attribute = arguments.get(1, "attribute", null);
        List<String> texts = Values.items(value).stream()
                .map(item -> PythonText.of(attribute == null ? item : path(item, attribute)))
                .toList();
        Budget.checkLength(texts.stream()
                .mapToLong(text -> (long) text.length() + separator.length())
                .sum());
        return String.join(separator, texts);
    }

    private static List<@Nullable Object> dictsort(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new JinjaException("dictsort is for mappings, not for " + Values.type(value));
        }
        List<@Nullable Object> items = Methods.items(map);
        items.sort(Comparator.comparing(
                item -> PythonText.of(Values.item(item, 0L)).toLowerCase(Locale.ROOT)));
        return items;
    }

    private static List<@Nullable Object> sort(@Nullable Object value, CallArguments arguments) {
        boolean caseSensitive = arguments.flag(1, "case_sensitive", false);
        Object attribute = arguments.get(2, "attribute", null);
        List<@Nullable Object> items = new ArrayList<>(Values.items(value));
        Comparator<@Nullable Object> order =
                (a, b) -> Values.compare(sortKey(a, attribute, caseSensitive), sortKey(b, attribute, caseSensitive));
        items.sort(arguments.flag(0, "reverse", false) ? order.reversed() : order);
        return items;
    }

    private static @Nullable Object sortKey(@Nullable Object item, @Nullable Object attribute, boolean caseSensitive) {
        Object key = attribute == null ? item : path(item, attribute);
        return key instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : key;
    }

    private static List<@Nullable Object> unique(@Nullable Object value) {
        List<@Nullable Object> result = new ArrayList<>();
        List<@Nullable Object> seen = new ArrayList<>();
        for (Object item : Values.items(value)) {
            Object key = sortKey(item, null, false);
            if (!Values.contains(seen, key)) {
                seen.add(key);
                result.add(item);
            }
        }
        return result;
    }

    private static Object sum(@Nullable Object value) {
        Object sum = 0L;
        for (Object item : Values.items(value)) {
            sum = Arithmetic.apply("+", sum, item);
        }
        return sum;
    }

    private static @Nullable Object extreme(String name, @Nullable Object value) {
        Object best = new Undefined("an item of an empty sequence");
        for (Object item : Values.items(value)) {
            int order = best instanceof Undefined ? 0 : Values.compare(item, best);
            if (best instanceof Undefined || (name.equals("min") ? order < 0 : order > 0)) {
                best = item;
            }
        }
        return best;
    }

    /** By attribute, or by another filter. */
    private static List<@Nullable Object> map(@Nullable Object value, CallArguments arguments) {
        List<@Nullable Object> result = new ArrayList<>();
        Object attribute = arguments.named().get("attribute");
        for (Object item : Values.items(value)) {
            if (attribute == null) {
                result.add(apply(arguments.string(0, "filter"), item, arguments.after(1)));
            } else {
                Object found = path(item, attribute);
                boolean missing =
                        found instanceof Undefined && arguments.named().containsKey("default");
                result.add(missing ? arguments.named().get("default") : found);
            }
        }
        return result;
    }

    /** An attribute by name, index, or names separated by dots. */
    private static @Nullable Object path(@Nullable Object item, Object attribute) {
        if (!(attribute instanceof String names)) {
            return Values.item(item, attribute);
        }
        Object value = item;
        for (String name : names.split("\\.")) {
            value = name.matches("\\d{1,9}") ? Values.item(value, Long.valueOf(name)) : Values.item(value, name);
        }
        return value;
    }

    private static Predicate<@Nullable Object> test(CallArguments arguments) {
        if (arguments.positional().isEmpty()) {
            return Values::truth;
        }
        String name = arguments.string(0, "test");
        return item -> TypeTests.apply(name, item, arguments.after(1));
    }

    private static Predicate<@Nullable Object> attributeTest(CallArguments arguments) {
        Object attribute = arguments.get(0, "attribute", null);
        if (attribute == null) {
            throw new JinjaException("the filter needs the name of an attribute");
        }
        Predicate<@Nullable Object> test = test(arguments.after(1));
        return item -> test.test(path(item, attribute));
    }

    private static List<@Nullable Object> select(
            @Nullable Object value, Predicate<@Nullable Object> test, boolean wanted) {
        List<@Nullable Object> result = new ArrayList<>();
        for (Object item : Values.items(value)) {
            if (test.test(item) == wanted) {
                result.add(item);
            }
        }
        return result;
    }

    private static @Nullable Object integer(@Nullable Object value, @Nullable Object otherwise) {
        try {
            return switch (value) {
                case Boolean flag -> flag ? 1L : 0L;
                case Number number -> number.longValue();
                case String text -> new BigDecimal(text.strip()).longValue();
                case null, default -> otherwise;
            };
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static @Nullable Object floating(@Nullable Object value, @Nullable Object otherwise) {
        try {
            return switch (value) {
                case Number number -> number.doubleValue();
                case String text -> Double.valueOf(text.strip());
                case null, default -> otherwise;
            };
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static Object absolute(@Nullable Object value) {
        return switch (value) {
            case Long number -> Math.abs(number);
            case Double number -> Math.abs(number);
            case null, default -> throw new JinjaException("abs is for numbers, not for " + Values.type(value));
        };
    }

    /** Half to even, as Python rounds; the result is a float. */
    private static Object round(@Nullable Object value, CallArguments arguments) {
        if (!(value instanceof Number number)) {
            throw new JinjaException("round is for numbers, not for " + Values.type(value));
        }
        int digits = Math.clamp(arguments.integer(0, "precision", 0), -300, 300);
        RoundingMode mode = switch (PythonText.of(arguments.get(1, "method", "common"))) {
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> RoundingMode.HALF_EVEN;
        };
        return new BigDecimal(number.doubleValue()).setScale(digits, mode).doubleValue();
    }

    private static String indent(String text, CallArguments arguments) {
        Object width = arguments.get(0, "width", 4L);
        String pad = width instanceof Long count ? " ".repeat(Math.clamp(count, 0, 1000)) : PythonText.of(width);
        boolean first = arguments.flag(1, "first", false);
        boolean blank = arguments.flag(2, "blank", false);
        Budget.checkLength(text.length() + text.lines().count() * pad.length());
        StringBuilder out = new StringBuilder();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean padded = i == 0 ? first : blank || !lines[i].isEmpty();
            out.append(i == 0 ? "" : "\n").append(padded ? pad : "").append(lines[i]);
        }
        return out.toString();
    }
}
