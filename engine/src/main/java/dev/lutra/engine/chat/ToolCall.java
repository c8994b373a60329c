package dev.lutra.engine.chat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool by the assistant.
 *
 * @param id what the tool's answer refers to, or null
 * @param arguments plain values: null, Boolean, Long, Double, String, List, Map with string keys
 */
public record ToolCall(@Nullable String id, String name, Map<String, ? extends @Nullable Object> arguments) {
    /** The call as chat templates see it, in OpenAI's form. */
    Map<String, @Nullable Object> asVariable() {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", arguments);
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        if (id != null) {
            call.put("id", id);
        }
        call.put("type", "function");
        call.put("function", function);
        return call;
    }
}
