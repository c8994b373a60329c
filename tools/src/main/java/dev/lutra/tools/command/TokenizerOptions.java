package dev.lutra.tools.command;

import dev.lutra.engine.tokenizer.CheckpointTokenizer;
import dev.lutra.engine.tokenizer.GgufTokenizer;
import dev.lutra.engine.tokenizer.PreTokenizer;
import dev.lutra.engine.tokenizer.SpecialTokens;
import dev.lutra.engine.tokenizer.Tokenizer;
import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.inspect.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code tokenize} and {@code detokenize} share: a tokenizer from any file that holds one, and texts or ids for it. */
public final class TokenizerOptions {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            required = true,
            description = "A GGUF model, a checkpoint folder, or a tokenizer.json.")
    private Path file;

    @Option(
            names = "--pre",
            paramLabel = "NAME",
            description = "How text is split into words, instead of what the file says.")
    private @Nullable String pre;

    @Option(
            names = "--no-special",
            description = "Take special tokens in a text as plain text and add none; leave them out of decoded text.")
    private boolean noSpecial;

    @ArgGroup(multiplicity = "1")
    private Input input = new Input();

    static final class Input {
        @Option(
                names = {"-p", "--prompt"},
                paramLabel = "TEXT",
                description = "The text.")
        private @Nullable String prompt;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "A UTF-8 file with the text.")
        private @Nullable Path text;

        @Option(names = "--ids", paramLabel = "LIST", split = ",", description = "Token ids, separated by commas.")
        private @Nullable List<Integer> ids;

        @Option(
                names = "--batch",
                paramLabel = "FILE.json",
                description = "A JSON array of texts or of arrays of ids; the result is an array too.")
        private @Nullable Path batch;
    }

    /** Opens the tokenizer. */
    Tokenizer open(Consumer<String> warnings) throws IOException {
        PreTokenizer preTokenizer = pre == null
                ? null
                : PreTokenizer.byName(pre)
                        .orElseThrow(() -> new CommandFailure("--pre: no split is called '" + pre + "'"));
        if (!ModelFile.isGguf(file)) return CheckpointTokenizer.load(file, preTokenizer, warnings);
        try (GgufFile gguf = GgufFile.open(file)) {
            return GgufTokenizer.load(gguf.metadata(), preTokenizer, warnings);
        }
    }

    /** Whether results are to be a JSON array. */
    boolean isBatch() {
        return input.batch != null;
    }

    /** Whether special tokens are to be left out of decoded text. */
    boolean skipsSpecial() {
        return noSpecial;
    }

    /** The ids of every input: its own, or those of its text. */
    List<int[]> ids(Tokenizer tokenizer) throws IOException {
        if (input.batch != null) return batch(tokenizer, input.batch);
        if (input.ids != null)
            return List.of(input.ids.stream().mapToInt(Integer::intValue).toArray());
        String text = input.text == null ? input.prompt : Files.readString(input.text);
        return List.of(encode(tokenizer, text == null ? "" : text));
    }

    private int[] encode(Tokenizer tokenizer, String text) {
        return tokenizer.encode(text, noSpecial ? SpecialTokens.IGNORE : SpecialTokens.ADD_AND_PARSE);
    }

    private List<int[]> batch(Tokenizer tokenizer, Path batch) throws IOException {
        JsonNode root;
        try {
            root = JsonMapper.builder().build().readTree(Files.readAllBytes(batch));
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    batch, MalformedFileException.NO_OFFSET, "is no JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isArray())
            throw new MalformedFileException(batch, "must hold a JSON array of texts or of arrays of ids");
        List<int[]> all = new ArrayList<>();
        for (JsonNode item : root)
            all.add(item.isString() ? encode(tokenizer, item.stringValue()) : list(item, batch, all.size()));
        return all;
    }

    private static int[] list(JsonNode item, Path batch, int index) {
        int[] ids = new int[item.size()];
        boolean sound = item.isArray();
        for (int i = 0; sound && i < ids.length; i++) {
            sound = item.get(i).isIntegralNumber() && item.get(i).canConvertToInt();
            if (sound) ids[i] = item.get(i).intValue();
        }
        if (!sound)
            throw new MalformedFileException(batch, "item " + index + " is neither a text nor an array of token ids");
        return ids;
    }
}
