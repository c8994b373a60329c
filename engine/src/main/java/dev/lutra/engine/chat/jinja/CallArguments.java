package dev.lutra.engine.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The evaluated arguments of a call. */
record CallArguments(List<@Nullable Object> positional, Map<String, @Nullable Object> named) {
    static final CallArguments NONE = new CallArguments(List.of(), Map.of());

    /** Argument {@code index}, given by place or by name, else {@code otherwise}. */
    @Nullable
    Object get(int index, String name, @Nullable Object otherwise) {
        if (index < positional.size()) {
            return positional.get(index);
        }
        return named.containsKey(name) ? named.get(name) : otherwise;
    }

    boolean has(int index, String name) {
        return index < positional.size() || named.containsKey(name);
    }

    /** @throws JinjaException when the argument is missing or no string */
    String string(int index, String name) {
        if (get(index, name, null) instanceof String text) {
            return text;
        }
        throw new JinjaException("the argument '" + name + "' must be a string");
    }

    /** @throws JinjaException when the argument is there and no integer */
    long integer(int index, String name, long otherwise) {
        Object value = get(index, name, otherwise);
        if (value instanceof Long number) {
            return number;
        }
        throw new JinjaException("the argument '" + name + "' must be an integer");
    }

    boolean flag(int index, String name, boolean otherwise) {
        return Values.truth(get(index, name, otherwise));
    }

    /** The arguments without the first {@code count} positional ones. */
    CallArguments after(int count) {
        return new CallArguments(positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }
}
