package dev.lutra.tools.command;

import dev.lutra.engine.text.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** A text or its tokens: exactly one of {@code -p}, {@code -f}, {@code --ids} and {@code --ids-file}. */
public final class PromptOptions {
    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    static final class Source {
        @Option(
                names = {"-p", "--prompt"},
                paramLabel = "TEXT",
                description = "The text.")
        private @Nullable String prompt;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "A UTF-8 file with the text.")
        private @Nullable Path file;

        @Option(names = "--ids", paramLabel = "LIST", split = ",", description = "Token ids, separated by commas.")
        private @Nullable List<Integer> ids;

        @Option(
                names = "--ids-file",
                paramLabel = "F",
                description = "Token ids: a JSON array, or raw little-endian u16 when F ends in .u16.")
        private @Nullable Path idsFile;
    }

    /** The tokens, special tokens in a text taken as such. */
    int[] tokens(LanguageModel model) throws IOException {
        if (source.ids != null)
            return source.ids.stream().mapToInt(Integer::intValue).toArray();
        if (source.idsFile != null) return TokenFile.read(source.idsFile);
        String text = source.file == null ? source.prompt : Files.readString(source.file);
        return model.tokenizer().encode(text == null ? "" : text);
    }
}
