package dev.lutra.engine.chat;

import dev.lutra.engine.chat.jinja.JinjaException;
import dev.lutra.engine.chat.jinja.JinjaTemplate;
import dev.lutra.engine.tokenizer.SpecialIds;
import dev.lutra.engine.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Renders chats as a model expects them: by the Jinja template that came with it, as transformers does, or as plain ChatML
 * when there is none that can be used. Immutable and safe for use by many threads.
 */
public final class ChatTemplate {
    /** Turns between {@code <|im_start|>role} and {@code <|im_end|>}, and nothing else: no system text of its own. */
    private static final String CHATML = "{% for message in messages %}"
            + "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
            + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private final JinjaTemplate template;
    private final Map<String, @Nullable Object> variables;
    private final boolean own;

    private ChatTemplate(JinjaTemplate template, Map<String, @Nullable Object> variables, boolean own) {
        this.template = template;
        this.variables = variables;
        this.own = own;
    }

    /** Plain ChatML. */
    public static ChatTemplate chatMl() {
        return new ChatTemplate(JinjaTemplate.parse(CHATML), Map.of(), false);
    }

    /**
     * The template of a tokenizer's model.
     *
     * @param warnings takes a line when there is no usable template and ChatML stands in
     */
    public static ChatTemplate of(Tokenizer tokenizer, Consumer<String> warnings) {
        String source = tokenizer.data().chatTemplate();
        if (source == null) {
            warnings.accept("the model has no chat template; its chats are rendered as ChatML");
            return chatMl();
        }
        try {
            Map<String, @Nullable Object> variables = new LinkedHashMap<>();
            for (SpecialIds.Role role : SpecialIds.Role.values()) {
                tokenizer
                        .data()
                        .specialIds()
                        .id(role)
                        .ifPresent(id -> variables.put(role.prefix() + "_token", tokenizer.token(id)));
            }
            return new ChatTemplate(JinjaTemplate.parse(source), variables, true);
        } catch (JinjaException e) {
            warnings.accept(
                    "the model's chat template cannot be used, its chats are rendered as ChatML: " + e.getMessage());
            return chatMl();
        }
    }

    /** Parses a template's source. */
    public static ChatTemplate parse(String source) {
        return new ChatTemplate(JinjaTemplate.parse(source), Map.of(), true);
    }

    /** Whether this is the model's own template, not ChatML in place of one. */
    public boolean isOwn() {
        return own;
    }

    /** The prompt for a reply to these messages. */
    public String render(List<Message> messages) {
        return render(messages, List.of(), true, Map.of());
    }

    /**
     * Renders a chat.
     *
     * @param tools descriptions of tools in OpenAI's form, empty for none
     * @param addGenerationPrompt whether to end with the beginning of the assistant's turn
     * @param options further variables that the template knows, such as {@code enable_thinking}
     * @throws JinjaException when the template fails, or refuses the messages
     */
    public String render(
            List<Message> messages,
            List<? extends Map<String, ? extends @Nullable Object>> tools,
            boolean addGenerationPrompt,
            Map<String, ? extends @Nullable Object> options) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(variables);
        all.put("messages", messages.stream().map(Message::asVariable).toList());
        all.put("tools", tools.isEmpty() ? null : tools);
        all.put("documents", null);
        all.put("add_generation_prompt", addGenerationPrompt);
        all.putAll(options);
        return template.render(all);
    }
}
