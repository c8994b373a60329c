package dev.lutra.tools.command;

import dev.lutra.engine.chat.ChatTemplate;
import dev.lutra.engine.chat.Message;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.sampling.Sampler;
import dev.lutra.engine.text.Generation;
import dev.lutra.engine.text.Generator;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.tokenizer.TextStream;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.tools.chat.Chat;
import dev.lutra.tools.cli.BaseCommand;
import dev.lutra.tools.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code run-inference}: extends a text, or holds a conversation. */
@Command(name = "run-inference", description = "Extends a prompt, or chats with -cnv.")
public final class RunCommand extends BaseCommand {
    private static final int WARM_UP_TOKENS = 8;

    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "The prompt; with -cnv, the first question.")
    private @Nullable String prompt;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "A UTF-8 file with the prompt.")
    private @Nullable Path file;

    @Option(
            names = {"-n", "--predict", "--n-predict"},
            paramLabel = "N",
            defaultValue = "128",
            description = "Tokens to generate, of a reply with -cnv; -1 until the context is full. Default 128.")
    private int count;

    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "CTX",
            defaultValue = "4096",
            description = "Tokens that prompt and text may have together; 0 as many as the model was made for. Default"
                    + " 4096, at most the model's.")
    private int context;

    @Option(
            names = {"-cnv", "--conversation"},
            description = "Chat: the model's template, questions from standard input.")
    private boolean conversation;

    @Option(
            names = {"-sys", "--system-prompt"},
            paramLabel = "TEXT",
            description = "What the model is told first in a chat.")
    private @Nullable String system;

    @Option(names = "--ignore-eos", description = "Go on after a token that ends the text.")
    private boolean ignoreEos;

    @Option(names = "--json", description = "Print one JSON object: text, tokens, why it stopped, timings.")
    private boolean json;

    @Option(names = "--no-warmup", description = "Do not run the model once before timing starts.")
    private boolean noWarmup;

    @Option(names = "--no-display-prompt", description = "Print the generated text without the prompt.")
    private boolean hidePrompt;

    @Override
    protected void run() throws IOException {
        if (prompt != null && file != null) throw usage("give the prompt with -p or with -f, not both");
        if (context < 0) throw usage("-c must be positive, or 0 for the model's own, not " + context);
        if (conversation && json) throw usage("--json prints one result; it does not go with -cnv");
        if (prompt == null && file == null && !conversation)
            throw usage("give a prompt with -p or -f, or chat with -cnv");
        if (file != null && !Files.isReadable(file)) throw new CommandFailure(file + ": cannot read the prompt");
        long start = System.nanoTime();
        try (LanguageModel opened = model.open(err()::println)) {
            // not before: a process that turns out to need the Vector API starts anew, and a pipe is read once
            String text = file == null ? prompt : Files.readString(file);
            opened.tokenizer(); // a prompt waits for it, as for the weights
            int most = opened.config().context();
            int capacity = context == 0 ? most : Math.min(context, most);
            Timings timings = new Timings(System.nanoTime() - start);
            if (isWarmUpWorthWhile(opened)) warmUp(opened);
            try (Sequence sequence = opened.transformer().newSequence(model.cacheType(CacheType.F16), capacity)) {
                Sampler sampler =
                        new Sampler(sampling.parameters(), opened.config().vocabulary());
                Generator generator = new Generator(
                        opened.transformer(), sequence, sampler, token -> !ignoreEos && ends(opened, token));
                if (conversation) {
                    chat(opened, generator, text, sequence, timings);
                } else {
                    complete(opened, generator, text == null ? "" : text, capacity, timings);
                }
            }
            if (!json) timings.print(err());
        }
    }

    private static boolean ends(LanguageModel model, int token) {
        // Rows of the embedding beyond the tokenizer are padding that a model never learned to choose.
        return token < model.tokenizer().size() && model.tokenizer().isStop(token);
    }

    /** Native kernels need none, and for a few tokens it would take longer than they do. */
    private boolean isWarmUpWorthWhile(LanguageModel opened) {
        boolean few = count >= 0 && count <= WARM_UP_TOKENS;
        return !noWarmup && !json && !few && opened.transformer().kernels().kind() != KernelKind.NATIVE;
    }

    /** One token through the model, so that timings show the machine and not the compiler. */
    private static void warmUp(LanguageModel model) {
        try (Sequence sequence = model.transformer().newSequence(CacheType.F16, 16)) {
            int[] one = {0};
            for (int i = 0; i < WARM_UP_TOKENS; i++)
                model.transformer().logits(model.transformer().forward(one, 0, 1, sequence));
        }
    }

    private void complete(LanguageModel opened, Generator generator, String text, int capacity, Timings timings) {
        int[] ids = opened.tokenizer().encode(text);
        if (ids.length == 0) throw new CommandFailure("the prompt is empty; give a text with -p");
        if (ids.length > capacity)
            throw new CommandFailure("the prompt has " + ids.length + " tokens and the context " + capacity
                    + "; use a larger -c, up to the model's " + opened.config().context());
        if (!json && !hidePrompt) out().print(text);
        out().flush();
        TextStream stream = opened.tokenizer().stream(true);
        StringBuilder made = new StringBuilder();
        int most = count < 0 ? Integer.MAX_VALUE : count;
        Generation generation = generator.generate(ids, most, token -> {
            String piece = token < opened.tokenizer().size() ? stream.accept(token) : "";
            made.append(piece);
            if (!json) {
                out().print(piece);
                out().flush();
            }
        });
        String rest = stream.finish();
        made.append(rest);
        timings.add(generation);
        if (json) printJson(ids, made.toString(), generation);
        else out().println(rest);
    }

    private void chat(
            LanguageModel opened, Generator generator, @Nullable String first, Sequence sequence, Timings timings)
            throws IOException {
        List<Message> messages = new ArrayList<>();
        if (system != null) messages.add(Message.system(system));
        Chat chat = new Chat(
                opened.tokenizer(),
                ChatTemplate.of(opened.tokenizer(), err()::println),
                messages,
                generator,
                sequence,
                count < 0 ? Integer.MAX_VALUE : count);
        chat.run(first, out(), err(), timings::add);
    }

    private void printJson(int[] ids, String text, Generation generation) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("prompt_ids", ids);
        result.put("ids", generation.tokens());
        result.put("text", text);
        result.put("stopped", generation.stopped().name().toLowerCase(Locale.ROOT));
        result.put("prompt_tokens", generation.promptTokens());
        result.put("prompt_seconds", generation.promptNanos() * 1e-9);
        result.put("decode_seconds", generation.decodeNanos() * 1e-9);
        out().println(JsonMapper.builder().build().writeValueAsString(result));
    }
}
