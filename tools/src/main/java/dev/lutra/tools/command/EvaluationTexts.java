package dev.lutra.tools.command;

import dev.lutra.engine.chat.ChatTemplate;
import dev.lutra.engine.chat.Message;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.tokenizer.SpecialTokens;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.tools.calibrate.SelfSamples;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The texts that a model is measured on. */
final class EvaluationTexts {
    /** In place of a file's name: texts that the model writes itself. */
    static final String SELF = "self";

    /** The model's answer to this is its sample. */
    static final String PROMPT = "Why is the sky blue?";

    private final Transformer model;
    private final Tokenizer tokenizer;
    private final int length;

    /**
     * @param model writes samples
     * @param length tokens of each
     */
    EvaluationTexts(Transformer model, Tokenizer tokenizer, int length) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.length = length;
    }

    /**
     * The ids in a file, those of its text, or those of samples.
     *
     * @param what says what they are for, while they are written
     */
    int[] tokens(String fileOrSelf, int samples, long seed, String what) throws IOException {
        if (!fileOrSelf.equals(SELF)) return TokenFile.read(Path.of(fileOrSelf), tokenizer);
        try (Progress progress = Progress.of("writing samples for " + what, (long) samples * length)) {
            return SelfSamples.write(model, SelfSamples.startToken(tokenizer), samples, length, seed, progress);
        }
    }

    /** A question as the model expects it: a user's turn where there is a chat template, plain text otherwise. */
    int[] prompt(String text) {
        ChatTemplate template = ChatTemplate.of(tokenizer, warning -> {});
        return template.isOwn()
                ? tokenizer.encode(template.render(List.of(Message.user(text))), SpecialTokens.PARSE)
                : tokenizer.encode(text);
    }
}
