package dev.lutra.tools.chat;

import dev.lutra.engine.chat.ChatTemplate;
import dev.lutra.engine.chat.Message;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.text.Generation;
import dev.lutra.engine.text.Generation.Stop;
import dev.lutra.engine.text.Generator;
import dev.lutra.engine.tokenizer.SpecialTokens;
import dev.lutra.engine.tokenizer.TextStream;
import dev.lutra.engine.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Questions from standard input, replies to standard output. The whole conversation is rendered anew for each reply, since
 * templates may treat earlier turns differently from the last; of its tokens, those that the model has read already in the
 * same place are not read again.
 */
public final class Chat {
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final List<Message> messages;
    private final int prefixMessages;
    private final Generator generator;
    private final Sequence sequence;
    private final int maxTokens;
    private int[] read = new int[0];

    /** @param messages what comes before the first question: a system prompt or nothing */
    public Chat(
            Tokenizer tokenizer,
            ChatTemplate template,
            List<Message> messages,
            Generator generator,
            Sequence sequence,
            int maxTokens) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.messages = new ArrayList<>(messages);
        prefixMessages = messages.size();
        this.generator = generator;
        this.sequence = sequence;
        this.maxTokens = maxTokens;
    }

    /** Answers {@code first}, if there is one, then every line of standard input until it ends. */
    public void run(@Nullable String first, PrintWriter out, PrintWriter err, Consumer<Generation> finished)
            throws IOException {
        err.println("Chat: one line is one question; /clear forgets the conversation, /exit or end of input leaves.");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String question = first;
        while (true) {
            if (question == null) {
                err.print("> ");
                err.flush();
                question = in.readLine();
            }
            if (question == null || question.strip().equals("/exit")) return;
            if (question.strip().equals("/clear"))
                messages.subList(prefixMessages, messages.size()).clear();
            else if (!question.isBlank()) answer(question, out, err, finished);
            question = null;
        }
    }

    private void answer(String question, PrintWriter out, PrintWriter err, Consumer<Generation> finished) {
        messages.add(Message.user(question));
        int[] prompt = tokenizer.encode(template.render(messages), SpecialTokens.PARSE);
        if (prompt.length > sequence.capacity()) {
            messages.removeLast();
            err.println("the conversation has " + prompt.length + " tokens and the context " + sequence.capacity()
                    + "; /clear it, or start with a larger -c");
            return;
        }
        int known = knownTokens(prompt);
        sequence.truncate(known);
        TextStream stream = tokenizer.stream(true);
        StringBuilder reply = new StringBuilder();
        Generation generation =
                generator.generate(Arrays.copyOfRange(prompt, known, prompt.length), maxTokens, token -> {
                    String piece = token < tokenizer.size() ? stream.accept(token) : "";
                    reply.append(piece);
                    out.print(piece);
                    out.flush();
                });
        reply.append(stream.finish());
        out.println();
        out.flush();
        remember(prompt, generation);
        messages.add(Message.assistant(reply.toString().strip()));
        finished.accept(generation);
        if (generation.stopped() == Stop.CONTEXT) err.println("the context is full; /clear starts anew");
    }

    /** Tokens of {@code prompt} that need not be read again; one at least must be, to have logits. */
    private int knownTokens(int[] prompt) {
        int same = Arrays.mismatch(read, prompt);
        int known = same < 0 ? read.length : same;
        return Math.min(Math.min(known, sequence.length()), prompt.length - 1);
    }

    private void remember(int[] prompt, Generation generation) {
        read = Arrays.copyOf(prompt, sequence.length());
        for (int i = prompt.length; i < read.length; i++)
            read[i] = generation.tokens().get(i - prompt.length);
    }
}
