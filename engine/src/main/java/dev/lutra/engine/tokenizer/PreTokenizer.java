package dev.lutra.engine.tokenizer;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The ways of cutting text into words that are known here, each with its names in {@code tokenizer.ggml.pre} and its regular
 * expression in {@code tokenizer.json}. Merges never cross a cut.
 */
public enum PreTokenizer {
    QWEN2(
            List.of("qwen2", "deepseek-r1-qwen", "megrez", "stablelm2", "hunyuan"),
            Regex.CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + Regex.SPACES,
            Normalization.NFC,
            false,
            new ContractionFirstSplitter(false, 1)),
    QWEN35(
            List.of("qwen35"),
            Regex.CONTRACTIONS
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                    + Regex.SPACES,
            Normalization.NFC,
            false,
            new ContractionFirstSplitter(true, 1)),
    LLAMA3(
            List.of("llama-bpe", "llama3", "llama-v3"),
            Regex.CONTRACTIONS
                    + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + Regex.SPACES,
            Normalization.NONE,
            true,
            new ContractionFirstSplitter(false, 3)),
    /** What the ByteLevel pre-tokenizer does by itself, with {@code use_regex}. */
    GPT2(
            List.of("gpt-2", "gpt2"),
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Normalization.NONE,
            false,
            new Gpt2Splitter());

    private final List<String> names;
    private final String regex;
    private final Normalization normalization;
    private final boolean wholeWords;
    private final TextSplitter splitter;

    PreTokenizer(
            List<String> names, String regex, Normalization normalization, boolean wholeWords, TextSplitter splitter) {
        this.names = names;
        this.regex = regex;
        this.normalization = normalization;
        this.wholeWords = wholeWords;
        this.splitter = splitter;
    }

    /** The value of {@code tokenizer.ggml.pre}. */
    public String ggufName() {
        return names.getFirst();
    }

    /** The expression of {@code tokenizer.json}, in the Oniguruma dialect; the specification of {@link #splitter}. */
    public String regex() {
        return regex;
    }

    /** The normalization that comes with these words in every known family; GGUF has no key of its own for it. */
    public Normalization impliedNormalization() {
        return normalization;
    }

    /** Whether a word that is itself a token is taken whole, past the merges ({@code ignore_merges}). */
    public boolean impliesIgnoreMerges() {
        return wholeWords;
    }

    TextSplitter splitter() {
        return splitter;
    }

    /** Looks a name of {@code tokenizer.ggml.pre} up, in any letter case. */
    public static Optional<PreTokenizer> byName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (PreTokenizer pre : values()) {
            if (pre.names.contains(lower)) {
                return Optional.of(pre);
            }
        }
        return Optional.empty();
    }

    /** Looks the expression of a {@code Split} pre-tokenizer up. */
    public static Optional<PreTokenizer> byRegex(String regex) {
        for (PreTokenizer pre : values()) {
            if (pre.regex.equals(regex)) {
                return Optional.of(pre);
            }
        }
        return Optional.empty();
    }

    /** The names that {@link #byName} knows best, for messages. */
    static String knownNames() {
        StringBuilder names = new StringBuilder();
        for (PreTokenizer pre : values()) {
            names.append(names.isEmpty() ? "" : ", ").append(pre.ggufName());
        }
        return names.toString();
    }

    /** Holds what enum constants cannot refer to in their own class. */
    private static final class Regex {
        static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
        static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }
}
