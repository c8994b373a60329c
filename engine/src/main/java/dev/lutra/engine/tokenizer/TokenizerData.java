package dev.lutra.engine.tokenizer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a tokenizer is made of, whatever file it came from.
 *
 * @param tokens spelling of every id from 0: normal tokens in the byte alphabet, added tokens as they are
 * @param types what each entry of {@code tokens} is
 * @param merges two tokens separated by one space, the most eager merge first
 * @param addedTokens the tokens that are found in raw text, each an entry of {@code tokens}
 * @param ignoreMerges whether a word that is a token is taken whole although its merges would not make it
 * @param stopIds further ids that end a generation, beside those of the roles EOS, END_OF_TURN and END_OF_MESSAGE
 * @param addBos whether the BOS id goes before every prompt
 * @param bosStated whether {@code addBos} is said somewhere, not only assumed
 * @param addEos whether the EOS id goes after every encoded text
 * @param chatTemplate Jinja source of the model's chat template
 */
public record TokenizerData(
        List<String> tokens,
        List<TokenType> types,
        List<String> merges,
        List<AddedToken> addedTokens,
        PreTokenizer preTokenizer,
        Normalization normalization,
        boolean ignoreMerges,
        SpecialIds specialIds,
        Set<Integer> stopIds,
        boolean addBos,
        boolean bosStated,
        boolean addEos,
        @Nullable String chatTemplate) {
    /** Bound on ids, far above every vocabulary there is: a damaged id must not make a table of gigabytes. */
    public static final int MAX_TOKENS = 1 << 22;

    /** @throws IllegalArgumentException when the parts contradict one another, saying which id and how */
    public TokenizerData {
        tokens = TokenList.copyOf(tokens);
        types = TokenTypes.copyOf(types);
        merges = TokenList.copyOf(merges);
        addedTokens = List.copyOf(addedTokens);
        stopIds = Set.copyOf(stopIds);
        int size = tokens.size();
        if (size == 0 || size > MAX_TOKENS) {
            throw new IllegalArgumentException("a vocabulary of " + size + " tokens; expected 1 to " + MAX_TOKENS);
        }
        if (types.size() != size) {
            throw new IllegalArgumentException(size + " tokens but " + types.size() + " token types");
        }
        Set<String> contents = new HashSet<>();
        for (AddedToken added : addedTokens) {
            requireInRange("added token '" + added.content() + "'", added.id(), size);
            if (added.content().isEmpty()) {
                throw new IllegalArgumentException("added token " + added.id() + " is empty");
            }
            if (!added.content().equals(tokens.get(added.id()))) {
                throw new IllegalArgumentException("added token '" + added.content() + "' has id " + added.id()
                        + ", which is '" + tokens.get(added.id()) + "'");
            }
            if (!contents.add(added.content())) {
                throw new IllegalArgumentException("added token '" + added.content() + "' is there twice");
            }
        }
        specialIds.ids().forEach((role, id) -> requireInRange(role.prefix() + "_token_id", id, size));
        for (int id : stopIds) {
            requireInRange("stop token", id, size);
        }
        if (addBos && specialIds.id(SpecialIds.Role.BOS).isEmpty()) {
            throw new IllegalArgumentException("a BOS token is to be added, but none is named (bos_token_id)");
        }
        if (addEos && specialIds.id(SpecialIds.Role.EOS).isEmpty()) {
            throw new IllegalArgumentException("an EOS token is to be added, but none is named (eos_token_id)");
        }
    }

    /** With everything stated. */
    public TokenizerData(
            List<String> tokens,
            List<TokenType> types,
            List<String> merges,
            List<AddedToken> addedTokens,
            PreTokenizer preTokenizer,
            Normalization normalization,
            boolean ignoreMerges,
            SpecialIds specialIds,
            Set<Integer> stopIds,
            boolean addBos,
            boolean addEos,
            @Nullable String chatTemplate) {
        this(
                tokens,
                types,
                merges,
                addedTokens,
                preTokenizer,
                normalization,
                ignoreMerges,
                specialIds,
                stopIds,
                addBos,
                true,
                addEos,
                chatTemplate);
    }

    private static void requireInRange(String what, int id, int size) {
        if (id < 0 || id >= size) {
            throw new IllegalArgumentException(what + " has id " + id + ", outside the vocabulary of " + size);
        }
    }

    /**
     * The same vocabulary with an unused entry {@code [PAD<id>]} for every further row of the model's embedding, as
     * convert_hf_to_gguf fills them in.
     *
     * @param vocabSize rows of the embedding
     * @throws IllegalArgumentException when the vocabulary has more tokens than that
     */
    public TokenizerData padTo(int vocabSize) {
        if (vocabSize < tokens.size()) {
            throw new IllegalArgumentException("the tokenizer has " + tokens.size() + " tokens, the model only "
                    + vocabSize + " (vocab_size): they do not belong together");
        }
        if (vocabSize == tokens.size()) {
            return this;
        }
        List<String> padded = new ArrayList<>(tokens);
        List<TokenType> paddedTypes = new ArrayList<>(types);
        for (int id = tokens.size(); id < vocabSize; id++) {
            padded.add(unusedName(id));
            paddedTypes.add(TokenType.UNUSED);
        }
        return new TokenizerData(
                padded,
                paddedTypes,
                merges,
                addedTokens,
                preTokenizer,
                normalization,
                ignoreMerges,
                specialIds,
                stopIds,
                addBos,
                bosStated,
                addEos,
                chatTemplate);
    }

    /** The name that fills an id without a token. */
    static String unusedName(int id) {
        return "[PAD" + id + "]";
    }
}
