package dev.lutra.engine.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chat that goes on, for a model that keeps the sequence of tokens so far: says what to append to that sequence for each
 * question, so that earlier turns need not be read again. For one thread.
 */
public final class Conversation {
    private final ChatTemplate template;
    private final List<Message> messages = new ArrayList<>();
    /** what the model has read and written, empty before the first question */
    private String text = "";

    /** @param system the system text, or null for the template's own */
    public Conversation(ChatTemplate template, @Nullable String system) {
        this.template = template;
        if (system != null) {
            messages.add(Message.system(system));
        }
    }

    /**
     * What the model is to read next.
     *
     * @param text the prompt, special tokens included
     * @param continues whether the prompt goes on from the sequence so far, which ends with the last reply without the token
     *     that ended it; otherwise the template tells earlier turns differently now, and the prompt is the whole chat
     */
    public record Prompt(String text, boolean continues) {}

    /** Adds a question. */
    public Prompt ask(String question) {
        messages.add(Message.user(question));
        String whole = template.render(messages);
        boolean continues = !text.isEmpty() && whole.startsWith(text);
        Prompt prompt = new Prompt(continues ? whole.substring(text.length()) : whole, continues);
        text = whole;
        return prompt;
    }

    /** Adds the model's reply as it was generated, without the token that ended it. */
    public void reply(String reply) {
        messages.add(Message.assistant(reply));
        text += reply;
    }

    /** The turns so far. */
    public List<Message> messages() {
        return List.copyOf(messages);
    }
}
