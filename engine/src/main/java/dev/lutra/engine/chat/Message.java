package dev.lutra.engine.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a chat.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param toolCalls the calls that the assistant makes, empty for none
 * @param toolCallId the call that a tool answers, or null
 */
public record Message(
        String role,
        String content,
        List<ToolCall> toolCalls,
        @Nullable String toolCallId) {
    public Message {
        toolCalls = List.copyOf(toolCalls);
    }

    public Message(String role, String content) {
        this(role, content, List.of(), null);
    }

    public static Message system(String content) {
        return new Message("system", content);
    }

    public static Message user(String content) {
        return new Message("user", content);
    }

    public static Message assistant(String content) {
        return new Message("assistant", content);
    }

    /** The message as chat templates see it; keys without a value are left out, since templates ask for them. */
    Map<String, @Nullable Object> asVariable() {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        if (!toolCalls.isEmpty()) {
            message.put(
                    "tool_calls", toolCalls.stream().map(ToolCall::asVariable).toList());
        }
        if (toolCallId != null) {
            message.put("tool_call_id", toolCallId);
        }
        return message;
    }
}
