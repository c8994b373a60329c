package dev.lutra.engine.tokenizer;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the tokenizer of a Hugging Face checkpoint: {@code tokenizer.json}, and what the files beside it add:
 * tokenizer_config.json (roles of tokens, chat template), config.json (ids, size of the embedding), generation_config.json
 * (stop tokens), chat_template.jinja. Only tokenizer.json is needed. Roles, types and their order follow llama.cpp's
 * converter.
 */
public final class CheckpointTokenizer {
    private final Consumer<String> warnings;
    private final JsonFile file;
    private final TokenizerJson json;
    private final @Nullable JsonFile tokenizerConfig;
    private final @Nullable JsonFile config;
    private final @Nullable JsonFile generationConfig;

    private CheckpointTokenizer(Path tokenizerJson, Consumer<String> warnings) {
        this.warnings = warnings;
        file = JsonFile.read(tokenizerJson);
        json = TokenizerJson.parse(file);
        Path folder = tokenizerJson.toAbsolutePath().getParent();
        tokenizerConfig = JsonFile.readIfPresent(folder, "tokenizer_config.json");
        config = JsonFile.readIfPresent(folder, "config.json");
        generationConfig = JsonFile.readIfPresent(folder, "generation_config.json");
    }

    /**
     * Reads a vocabulary.
     *
     * @param path a checkpoint's folder, or a tokenizer.json
     * @param preTokenizer the split to use whatever the file says, or null for the file's own
     * @param warnings takes a line for everything that had to be guessed
     * @throws MalformedFileException when the files are damaged, contradict one another, or hold another kind of tokenizer
     */
    public static TokenizerData read(Path path, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings) {
        Path tokenizerJson = tokenizerJson(path);
        try {
            return new CheckpointTokenizer(tokenizerJson, warnings).assemble(preTokenizer);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(tokenizerJson, MalformedFileException.NO_OFFSET, e.getMessage(), e);
        }
    }

    /** Reads a vocabulary, as {@link #read} does, and makes its tokenizer. */
    public static Tokenizer load(Path path, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings) {
        TokenizerData data = read(path, preTokenizer, warnings);
        try {
            return new Tokenizer(data);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(tokenizerJson(path), MalformedFileException.NO_OFFSET, e.getMessage(), e);
        }
    }

    private static Path tokenizerJson(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
        if (!Files.isRegularFile(file)) {
            throw new MalformedFileException(file, "there is no such file; a tokenizer is read from it");
        }
        return file;
    }

    private TokenizerData assemble(@Nullable PreTokenizer override) {
        Map<Integer, AddedToken> added = addedTokens();
        List<String> tokens = new ArrayList<>();
        List<TokenType> types = new ArrayList<>();
        fill(added, tokens, types);
        CheckpointRoles roles = new CheckpointRoles(tokenizerConfig, config, generationConfig, tokens, warnings);
        SpecialIds special = roles.specialIds(added.values());
        return new TokenizerData(
                tokens,
                types,
                json.merges(),
                List.copyOf(added.values()),
                preTokenizer(override),
                json.normalization(),
                json.ignoreMerges(),
                special,
                roles.stopIds(),
                roles.adds(SpecialIds.Role.BOS, json.prefixToken(), special),
                roles.states(SpecialIds.Role.BOS, json.prefixToken()),
                roles.adds(SpecialIds.Role.EOS, json.suffixToken(), special),
                chatTemplate());
    }

    /** Those of tokenizer.json, then those that only tokenizer_config.json has. */
    private Map<Integer, AddedToken> addedTokens() {
        Map<Integer, AddedToken> added = new LinkedHashMap<>();
        for (AddedToken token : json.addedTokens()) {
            if (added.put(token.id(), token) != null) {
                throw file.fault("two added tokens share the id " + token.id());
            }
        }
        JsonNode decoder =
                tokenizerConfig == null ? null : JsonFile.get(tokenizerConfig.root(), "added_tokens_decoder");
        if (decoder == null) {
            return added;
        }
        for (Map.Entry<String, JsonNode> entry : decoder.properties()) {
            int id;
            try {
                id = Integer.parseInt(entry.getKey());
            } catch (NumberFormatException e) {
                throw tokenizerConfig.fault("the id of an added token is no number: '" + entry.getKey() + "'");
            }
            if (id < 0 || id >= TokenizerData.MAX_TOKENS) {
                throw tokenizerConfig.fault("the id of an added token is out of range: " + id);
            }
            AddedToken token = TokenizerJson.addedToken(tokenizerConfig, id, entry.getValue());
            AddedToken own = added.putIfAbsent(id, token);
            if (own != null && !own.content().equals(token.content())) {
                warnings.accept(tokenizerConfig.path() + ": token " + id + " is '" + token.content() + "' there, but '"
                        + own.content() + "' in tokenizer.json, which is followed");
            }
        }
        return added;
    }

    private void fill(Map<Integer, AddedToken> added, List<String> tokens, List<TokenType> types) {
        Map<Integer, String> normal = json.tokens();
        int size = 0;
        for (Collection<Integer> ids : List.of(normal.keySet(), added.keySet())) {
            for (int id : ids) {
                size = Math.max(size, id + 1);
            }
        }
        int rows = vocabSize();
        if (rows > 0 && size > rows) {
            throw file.fault("the tokenizer has ids up to " + (size - 1) + ", but config.json says vocab_size " + rows
                    + ": they do not belong together");
        }
        for (int id = 0; id < Math.max(size, rows); id++) {
            AddedToken token = added.get(id);
            String text = normal.get(id);
            if (token != null) {
                if (text != null && !text.equals(token.content())) {
                    throw file.fault("id " + id + " is '" + text + "' in the vocabulary and '" + token.content()
                            + "' among the added tokens");
                }
                tokens.add(token.content());
                types.add(
                        token.special() || looksSpecial(token.content()) ? TokenType.CONTROL : TokenType.USER_DEFINED);
            } else if (text != null) {
                tokens.add(text);
                types.add(TokenType.NORMAL);
            } else {
                tokens.add(TokenizerData.unusedName(id));
                types.add(TokenType.UNUSED);
            }
        }
    }

    /** Added tokens that are meant as control tokens although they are not marked so; llama.cpp's converter has the list. */
    private static boolean looksSpecial(String token) {
        return Set.of("<pad>", "<mask>", "<2mass>", "[@BOS@]").contains(token)
                || token.startsWith("<|") && token.endsWith("|>")
                || token.startsWith("<\uFF5C") && token.endsWith("\uFF5C>")
                || token.startsWith("<unused") && token.endsWith(">");
    }

    /** Rows of the embedding, or 0 when no config.json says. */
    private int vocabSize() {
        if (config == null) {
            return 0;
        }
        JsonNode size = JsonFile.get(config.root(), "vocab_size");
        if (size == null) {
            size = JsonFile.get(config.root().path("text_config"), "vocab_size");
        }
        return size == null ? 0 : config.id(size, "the end of the vocabulary (vocab_size)");
    }

    private PreTokenizer preTokenizer(@Nullable PreTokenizer override) {
        if (override != null) {
            return override;
        }
        PreTokenizer known = json.preTokenizer();
        if (known != null) {
            return known;
        }
        String family = family();
        if (!family.startsWith("qwen")) {
            throw file.fault("its way of splitting text is not known here (" + json.split()
                    + "); name the one it is closest to: " + PreTokenizer.knownNames());
        }
        PreTokenizer guess = family.startsWith("qwen3_5") ? PreTokenizer.QWEN35 : PreTokenizer.QWEN2;
        warnings.accept(file.path() + ": its way of splitting text is not known here (" + json.split() + "); using "
                + guess.ggufName() + " because the model is of the family " + family);
        return guess;
    }

    private String family() {
        String model = config == null ? "" : config.root().path("model_type").asString("");
        String type = tokenizerConfig == null
                ? ""
                : tokenizerConfig.root().path("tokenizer_class").asString("");
        return (model.isEmpty() ? type : model).toLowerCase(Locale.ROOT);
    }

    private @Nullable String chatTemplate() {
        if (tokenizerConfig == null) {
            return null;
        }
        JsonNode template = JsonFile.get(tokenizerConfig.root(), "chat_template");
        Path folder = tokenizerConfig.path().getParent();
        try {
            Path jinja = folder.resolve("chat_template.jinja");
            if (template == null && Files.isRegularFile(jinja)) {
                return Files.readString(jinja);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (template == null) {
            JsonFile other = JsonFile.readIfPresent(folder, "chat_template.json");
            template = other == null ? null : JsonFile.get(other.root(), "chat_template");
        }
        if (template != null && template.isArray()) {
            Map<String, String> named = new LinkedHashMap<>();
            for (JsonNode one : template) {
                named.put(tokenizerConfig.string(one, "name"), tokenizerConfig.string(one, "template"));
            }
            return named.containsKey("default")
                    ? named.get("default")
                    : named.values().stream().findFirst().orElse(null);
        }
        return template == null ? null : template.asString(null);
    }
}
