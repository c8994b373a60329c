package dev.lutra.engine.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What {@code tokenizer.json} (Hugging Face tokenizers, version 1.0) says about a byte-level BPE vocabulary.
 *
 * @param tokens normal tokens by id; ids may have holes where added tokens are
 * @param preTokenizer the split, or null when its expression is none of those known
 * @param split the pre-tokenizer's own words, for messages
 * @param prefixToken the special token that the post-processor puts first, or null
 * @param suffixToken the one that it puts last, or null
 */
record TokenizerJson(
        Map<Integer, String> tokens,
        List<String> merges,
        List<AddedToken> addedTokens,
        @Nullable PreTokenizer preTokenizer,
        String split,
        Normalization normalization,
        boolean ignoreMerges,
        @Nullable String prefixToken,
        @Nullable String suffixToken) {
    static TokenizerJson parse(JsonFile file) {
        JsonNode root = file.root();
        JsonNode model = file.object(root, "model");
        JsonNode type = JsonFile.get(model, "type");
        if (type != null && !"BPE".equals(type.asString())) {
            throw file.fault("a " + type.asString() + " tokenizer: only byte-level BPE is supported");
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            JsonNode value = JsonFile.get(model, affix);
            if (value != null && !(value.isString() && value.stringValue().isEmpty())) {
                throw file.fault("'" + affix + "' is " + value + ": only byte-level BPE, which has none, is supported");
            }
        }
        JsonNode pre = JsonFile.get(root, "pre_tokenizer");
        PreTokenizerJson split = PreTokenizerJson.parse(file, pre);
        Map<Integer, String> tokens = vocabulary(file, model);
        JsonNode post = JsonFile.get(root, "post_processor");
        return new TokenizerJson(
                tokens,
                merges(file, model),
                addedTokens(file, root),
                split.known(),
                split.text(),
                normalization(file, JsonFile.get(root, "normalizer")),
                file.flag(model, "ignore_merges", false),
                templateEnd(post, true),
                templateEnd(post, false));
    }

    private static Map<Integer, String> vocabulary(JsonFile file, JsonNode model) {
        Map<Integer, String> tokens = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : file.object(model, "vocab").properties()) {
            int id = file.id(entry.getValue(), "token '" + entry.getKey() + "'");
            String other = tokens.put(id, entry.getKey());
            if (other != null) {
                throw file.fault("the tokens '" + other + "' and '" + entry.getKey() + "' share the id " + id);
            }
        }
        return tokens;
    }

    /** Both spellings: {@code "a b"}, and {@code ["a", "b"]} since transformers 4.45. */
    private static List<String> merges(JsonFile file, JsonNode model) {
        JsonNode array = file.array(model, "merges");
        List<String> merges = new ArrayList<>(array.size());
        for (JsonNode merge : array) {
            if (merge.isString()) {
                merges.add(merge.stringValue());
            } else if (merge.isArray()
                    && merge.size() == 2
                    && merge.get(0).isString()
                    && merge.get(1).isString()) {
                merges.add(merge.get(0).stringValue() + " " + merge.get(1).stringValue());
            } else {
                throw file.fault("merge " + merges.size() + " is neither a string nor a pair of strings: " + merge);
            }
        }
        return merges;
    }

    private static List<AddedToken> addedTokens(JsonFile file, JsonNode root) {
        List<AddedToken> added = new ArrayList<>();
        if (JsonFile.get(root, "added_tokens") != null) {
            for (JsonNode token : file.array(root, "added_tokens")) {
                String content = file.string(token, "content");
                added.add(addedToken(file, file.id(JsonFile.get(token, "id"), "added token '" + content + "'"), token));
            }
        }
        return added;
    }

    /** One added token in the words that tokenizer.json and tokenizer_config.json share. */
    static AddedToken addedToken(JsonFile file, int id, JsonNode token) {
        boolean special = file.flag(token, "special", false);
        return new AddedToken(
                id,
                file.string(token, "content"),
                special,
                file.flag(token, "normalized", !special),
                file.flag(token, "lstrip", false),
                file.flag(token, "rstrip", false),
                file.flag(token, "single_word", false));
    }

    private static Normalization normalization(JsonFile file, @Nullable JsonNode normalizer) {
        if (normalizer == null) {
            return Normalization.NONE;
        }
        String type = file.string(normalizer, "type");
        if (type.equals("NFC")) {
            return Normalization.NFC;
        }
        if (type.equals("Sequence")) {
            Normalization all = Normalization.NONE;
            for (JsonNode part : file.array(normalizer, "normalizers")) {
                if (normalization(file, part) == Normalization.NFC) {
                    all = Normalization.NFC;
                }
            }
            return all;
        }
        throw file.fault("the normalizer " + type + " is not supported, only NFC or none");
    }

    /** The special token at one end of the template for single texts, looking into a Sequence of post-processors. */
    private static @Nullable String templateEnd(@Nullable JsonNode post, boolean first) {
        if (post == null) {
            return null;
        }
        if (post.path("type").asString("").equals("TemplateProcessing")) {
            JsonNode single = post.path("single");
            JsonNode end = single.size() < 2 ? null : single.get(first ? 0 : single.size() - 1);
            return end == null ? null : end.path("SpecialToken").path("id").asString(null);
        }
        for (JsonNode processor : post.path("processors")) {
            String end = templateEnd(processor, first);
            if (end != null) {
                return end;
            }
        }
        return null;
    }
}
