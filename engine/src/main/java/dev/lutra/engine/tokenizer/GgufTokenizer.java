package dev.lutra.engine.tokenizer;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.metadata.MetadataBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer as GGUF metadata holds it: the keys {@code tokenizer.ggml.*} and {@code tokenizer.chat_template}, in the
 * order and with the types that llama.cpp's converter writes.
 *
 * <p>GGUF says less than tokenizer.json. An added token is a control token or a user-defined one and has no flags; the
 * normalization follows from the pre-tokenizer. {@link #write} warns about a vocabulary that needs more.
 */
public final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final String MODEL = PREFIX + "model";
    private static final String PRE = PREFIX + "pre";
    private static final String TOKENS = PREFIX + "tokens";
    private static final String TOKEN_TYPE = PREFIX + "token_type";
    private static final String MERGES = PREFIX + "merges";
    private static final String ADD_BOS = PREFIX + "add_bos_token";
    private static final String ADD_EOS = PREFIX + "add_eos_token";
    private static final String CHAT_TEMPLATE = "tokenizer.chat_template";

    /** llama.cpp's name for byte-level BPE. */
    private static final String BYTE_LEVEL_BPE = "gpt2";

    private GgufTokenizer() {}

    /**
     * Appends the tokenizer's keys.
     *
     * @param warnings takes a line for everything that GGUF cannot express, and that readers will do otherwise
     */
    public static void write(TokenizerData data, MetadataBuilder out, Consumer<String> warnings) {
        warnOfLosses(data, warnings);
        out.string(MODEL, BYTE_LEVEL_BPE);
        out.string(PRE, data.preTokenizer().ggufName());
        out.strings(TOKENS, data.tokens());
        out.put(
                TOKEN_TYPE,
                ArrayValue.ofInts(
                        data.types().stream().mapToInt(TokenType::code).toArray()));
        out.strings(MERGES, data.merges());
        data.specialIds().ids().forEach((role, id) -> out.u32(role.ggufKey(), id));
        if (data.bosStated() || data.preTokenizer() == PreTokenizer.LLAMA3) {
            out.bool(ADD_BOS, data.addBos());
        }
        if (data.addEos()) {
            out.bool(ADD_EOS, true);
        }
        String template = data.chatTemplate();
        if (template != null) {
            out.string(CHAT_TEMPLATE, template);
        }
    }

    private static void warnOfLosses(TokenizerData data, Consumer<String> warnings) {
        PreTokenizer pre = data.preTokenizer();
        if (data.normalization() != pre.impliedNormalization()) {
            warnings.accept("the tokenizer normalizes text by " + data.normalization() + ", but readers of "
                    + pre.ggufName() + " will by " + pre.impliedNormalization());
        }
        if (data.ignoreMerges() != pre.impliesIgnoreMerges()) {
            warnings.accept("the tokenizer has ignore_merges " + data.ignoreMerges() + ", but readers of "
                    + pre.ggufName() + " will take it as " + pre.impliesIgnoreMerges());
        }
        for (AddedToken token : data.addedTokens()) {
            boolean moved = token.normalized()
                    && !data.normalization().apply(token.content()).equals(token.content());
            if (token.lstrip() || token.rstrip() || token.singleWord() || moved) {
                warnings.accept("the added token '" + token.content()
                        + "' has a flag that GGUF cannot hold (lstrip, rstrip, single_word, normalized)");
            }
        }
    }

    /**
     * Reads a vocabulary.
     *
     * @param preTokenizer the split to use whatever the file says, or null for the file's own
     * @param warnings takes a line for everything that had to be guessed
     * @throws MalformedFileException when a key is missing or wrong, or the file holds another kind of tokenizer
     */
    public static TokenizerData read(
            GgufMetadata metadata, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings) {
        String model = metadata.string(MODEL);
        if (!model.equals(BYTE_LEVEL_BPE)) {
            throw fault(metadata, MODEL + " is '" + model + "': only byte-level BPE ('gpt2') is supported");
        }
        PreTokenizer pre = preTokenizer == null ? preTokenizer(metadata, warnings) : preTokenizer;
        TokenList tokens = strings(metadata, TOKENS);
        TokenTypes types = types(metadata, tokens.size());
        List<AddedToken> added = new ArrayList<>();
        for (int id = types.nextAdded(0); id < types.size(); id = types.nextAdded(id + 1)) {
            added.add(new AddedToken(id, tokens.get(id), types.get(id).isSpecial()));
        }
        SpecialIds special = specialIds(metadata, tokens.size(), warnings);
        boolean addBos = metadata.findBool(ADD_BOS).orElse(pre == PreTokenizer.LLAMA3);
        boolean addEos = metadata.findBool(ADD_EOS).orElse(false);
        try {
            return new TokenizerData(
                    tokens,
                    types,
                    strings(metadata, MERGES),
                    added,
                    pre,
                    pre.impliedNormalization(),
                    pre.impliesIgnoreMerges(),
                    special,
                    Set.of(),
                    addBos && special.id(SpecialIds.Role.BOS).isPresent(),
                    metadata.has(ADD_BOS),
                    addEos && special.id(SpecialIds.Role.EOS).isPresent(),
                    metadata.findString(CHAT_TEMPLATE).orElse(null));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    metadata.file(), MalformedFileException.NO_OFFSET, "the tokenizer: " + e.getMessage(), e);
        }
    }

    /** Reads a vocabulary, as {@link #read} does, and makes its tokenizer. */
    public static Tokenizer load(
            GgufMetadata metadata, @Nullable PreTokenizer preTokenizer, Consumer<String> warnings) {
        try {
            return new Tokenizer(read(metadata, preTokenizer, warnings));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    metadata.file(), MalformedFileException.NO_OFFSET, "the tokenizer: " + e.getMessage(), e);
        }
    }

    private static PreTokenizer preTokenizer(GgufMetadata metadata, Consumer<String> warnings) {
        Optional<String> name = metadata.findString(PRE);
        Optional<PreTokenizer> known = name.flatMap(PreTokenizer::byName);
        if (known.isPresent()) {
            return known.get();
        }
        String said = name.map(n -> PRE + " '" + n + "' is not known here").orElse("there is no " + PRE);
        String architecture = metadata.findString("general.architecture").orElse("");
        if (!architecture.startsWith("qwen")) {
            throw fault(
                    metadata,
                    said + "; name the way of splitting text that it is closest to: " + PreTokenizer.knownNames());
        }
        PreTokenizer guess = architecture.startsWith("qwen35") ? PreTokenizer.QWEN35 : PreTokenizer.QWEN2;
        warnings.accept(metadata.file() + ": " + said + "; using " + guess.ggufName() + " because the model is a "
                + architecture);
        return guess;
    }

    private static TokenList strings(GgufMetadata metadata, String key) {
        try {
            return new TokenList(metadata.stringArray(key));
        } catch (IllegalArgumentException e) {
            throw fault(metadata, key + ": " + e.getMessage());
        }
    }

    private static TokenTypes types(GgufMetadata metadata, int size) {
        if (!metadata.has(TOKEN_TYPE)) {
            throw fault(metadata, "there is no " + TOKEN_TYPE + ": control tokens could not be told from text");
        }
        int[] codes = metadata.ints(TOKEN_TYPE);
        if (codes.length != size) {
            throw fault(metadata, TOKEN_TYPE + " has " + codes.length + " entries for " + size + " tokens");
        }
        try {
            return TokenTypes.ofCodes(codes);
        } catch (IllegalArgumentException e) {
            throw fault(metadata, TOKEN_TYPE + " of " + e.getMessage());
        }
    }

    /** An id outside the vocabulary is named in a warning and left out: converters copy stale ones from config.json. */
    private static SpecialIds specialIds(GgufMetadata metadata, int size, Consumer<String> warnings) {
        Map<SpecialIds.Role, Integer> ids = new LinkedHashMap<>();
        for (String key : metadata.keys()) {
            for (SpecialIds.Role role : SpecialIds.Role.values()) {
                if (role.ggufKey().equals(key)) {
                    OptionalInt id = inRange(metadata.integer(key), size);
                    id.ifPresentOrElse(
                            value -> ids.put(role, value),
                            () -> warnings.accept(metadata.file() + ": " + key + " " + metadata.value(key)
                                    + " is outside the vocabulary of " + size + ", ignored"));
                }
            }
        }
        return new SpecialIds(ids);
    }

    private static OptionalInt inRange(long id, int size) {
        return id >= 0 && id < size ? OptionalInt.of((int) id) : OptionalInt.empty();
    }

    private static MalformedFileException fault(GgufMetadata metadata, String reason) {
        return new MalformedFileException(metadata.file(), reason);
    }
}
