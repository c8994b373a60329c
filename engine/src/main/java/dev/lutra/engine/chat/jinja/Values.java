package dev.lutra.engine.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What Python does with values of any type. Values are null (None), Boolean, Long, Double (and other Numbers, from JSON),
 * String, List, Map with string keys, {@link Undefined}, {@link Function} and {@link Attributes}.
 */
final class Values {
    private Values() {}

    static boolean truth(@Nullable Object value) {
        return switch (value) {
            case null -> false;
            case Undefined undefined -> false;
            case Boolean flag -> flag;
            case Number number -> number.doubleValue() != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    static boolean equal(@Nullable Object a, @Nullable Object b) {
        if (isNumeric(a) && isNumeric(b)) {
            return a instanceof Double || b instanceof Double
                    ? number(a).doubleValue() == number(b).doubleValue()
                    : number(a).equals(number(b));
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            if (x.size() != y.size()) {
                return false;
            }
            for (int i = 0; i < x.size(); i++) {
                if (!equal(x.get(i), y.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return x.keySet().equals(y.keySet()) && x.keySet().stream().allMatch(key -> equal(x.get(key), y.get(key)));
        }
        if (a instanceof Undefined && b instanceof Undefined) {
            return true;
        }
        return Objects.equals(a, b);
    }

    /** Order of numbers, strings and lists; anything else has none. */
    static int compare(@Nullable Object a, @Nullable Object b) {
        if (isNumeric(a) && isNumeric(b)) {
            return a instanceof Long x && b instanceof Long y
                    ? Long.compare(x, y)
                    : Double.compare(number(a).doubleValue(), number(b).doubleValue());
        }
        if (a instanceof String x && b instanceof String y) {
            return Arrays.compare(x.codePoints().toArray(), y.codePoints().toArray());
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i))) {
                    return compare(x.get(i), y.get(i));
                }
            }
            return Integer.compare(x.size(), y.size());
        }
        throw new JinjaException(type(a) + " and " + type(b) + " have no order");
    }

    private static boolean isNumeric(@Nullable Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    private static Number number(@Nullable Object value) {
        if (value instanceof Boolean flag) {
            return flag ? 1L : 0L;
        }
        return (Number) Objects.requireNonNull(value);
    }

    static boolean contains(@Nullable Object container, @Nullable Object item) {
        return switch (container) {
            case String text when item instanceof String part -> text.contains(part);
            case String text -> throw new JinjaException("'in' a string needs a string, not " + type(item));
            case List<?> list -> list.stream().anyMatch(element -> equal(element, item));
            case Map<?, ?> map -> map.containsKey(item);
            case Undefined undefined -> false;
            case null, default -> throw new JinjaException("'in' is not for " + type(container));
        };
    }

    static long length(@Nullable Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Undefined undefined -> 0;
            case null, default -> throw new JinjaException(type(value) + " has no length");
        };
    }

    /** The items that a loop goes through: elements, keys, or characters. */
    static List<? extends @Nullable Object> items(@Nullable Object value) {
        return switch (value) {
            case List<?> list -> list;
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text -> text.codePoints().mapToObj(Character::toString).toList();
            case Undefined undefined -> List.of();
            case null, default -> throw new JinjaException(type(value) + " cannot be iterated over");
        };
    }

    /** {@code object[key]}, {@link Undefined} when there is no such item. */
    static @Nullable Object item(@Nullable Object object, @Nullable Object key) {
        if (object instanceof Map<?, ?> map) {
            return map.containsKey(key) ? map.get(key) : new Undefined(PythonText.of(key));
        }
        if (key instanceof Long index && (object instanceof List<?> || object instanceof String)) {
            List<? extends @Nullable Object> items = items(object);
            long i = index < 0 ? index + items.size() : index;
            return i >= 0 && i < items.size() ? items.get((int) i) : new Undefined("item " + index);
        }
        if (object instanceof Undefined undefined) {
            throw new JinjaException("'" + undefined.what() + "' is undefined");
        }
        return new Undefined(PythonText.of(key));
    }

    /** {@code object[from:to:step]} of a list or string. */
    static Object slice(@Nullable Object object, @Nullable Object from, @Nullable Object to, @Nullable Object step) {
        if (!(object instanceof List<?>) && !(object instanceof String)) {
            throw new JinjaException(type(object) + " cannot be sliced");
        }
        List<? extends @Nullable Object> items = items(object);
        long stride = step == null ? 1 : bound(step);
        if (stride == 0) {
            throw new JinjaException("a slice's step must not be 0");
        }
        int size = items.size();
        long low = stride > 0 ? 0 : -1;
        long high = stride > 0 ? size : size - 1;
        long begin = from == null ? (stride > 0 ? low : high) : clamp(bound(from), size, low, high);
        long end = to == null ? (stride > 0 ? high : low) : clamp(bound(to), size, low, high);
        List<@Nullable Object> result = new ArrayList<>();
        for (long i = begin; stride > 0 ? i < end : i > end; i += stride) {
            result.add(items.get((int) i));
        }
        return object instanceof String
                ? String.join("", result.stream().map(PythonText::of).toList())
                : result;
    }

    private static long clamp(long index, int size, long low, long high) {
        return Math.clamp(index < 0 ? index + size : index, low, high);
    }

    private static long bound(Object value) {
        if (value instanceof Long number) {
            return Math.clamp(number, -Integer.MAX_VALUE, Integer.MAX_VALUE);
        }
        throw new JinjaException("the bounds of a slice are integers, not " + type(value));
    }

    /** The kind of a value in words. */
    static String type(@Nullable Object value) {
        return switch (value) {
            case null -> "none";
            case Undefined undefined -> "'" + undefined.what() + "', which is undefined,";
            case Boolean flag -> "a truth value";
            case Double number -> "a float";
            case Number number -> "an integer";
            case String text -> "a string";
            case List<?> list -> "a list";
            case Map<?, ?> map -> "a mapping";
            case Function function -> "a function";
            default -> "an object";
        };
    }
}
