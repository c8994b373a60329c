package dev.lutra.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Turns text into token ids and back. Immutable and safe for use by many threads.
 *
 * <p>Lone surrogates, which no UTF-8 can hold, are encoded as U+FFFD. Decoding any ids gives some text: bytes that are no
 * UTF-8 become U+FFFD, one for each maximal invalid part.
 */
public final class Tokenizer {
    /** Control tokens that end a turn or a text in the families known here, whether or not a file names them as such. */
    private static final Set<String> STOP_NAMES =
            Set.of("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>");

    private final TokenizerData data;
    private final TokenIndex ids;
    private final WordEncoder words;
    private final AddedTokenMatcher raw;
    private final AddedTokenMatcher rawText;
    private final AddedTokenMatcher normalized;
    private final AddedTokenMatcher normalizedText;
    private final Set<Integer> stops;
    private final BitSet special = new BitSet();

    /** @throws IllegalArgumentException when merges or tokens contradict one another, saying which */
    public Tokenizer(TokenizerData data) {
        this.data = data;
        this.ids = new TokenIndex(TokenList.copyOf(data.tokens()));
        this.words = new WordEncoder(data, ids);
        raw = matcher(data, false, true);
        rawText = matcher(data, false, false);
        normalized = matcher(data, true, true);
        normalizedText = matcher(data, true, false);
        stops = stops(data, ids);
        data.addedTokens().stream().filter(AddedToken::special).forEach(token -> special.set(token.id()));
    }

    private static AddedTokenMatcher matcher(TokenizerData data, boolean normalized, boolean withSpecial) {
        List<AddedToken> tokens = new ArrayList<>();
        for (AddedToken token : data.addedTokens()) {
            boolean control = token.special() || data.types().get(token.id()) == TokenType.CONTROL;
            if (token.normalized() == normalized && (withSpecial || !control)) {
                tokens.add(normalized ? token.withContent(data.normalization().apply(token.content())) : token);
            }
        }
        return new AddedTokenMatcher(tokens);
    }

    private static Set<Integer> stops(TokenizerData data, TokenIndex ids) {
        Set<Integer> stops = new HashSet<>(data.stopIds());
        for (SpecialIds.Role role :
                List.of(SpecialIds.Role.EOS, SpecialIds.Role.END_OF_TURN, SpecialIds.Role.END_OF_MESSAGE)) {
            data.specialIds().id(role).ifPresent(stops::add);
        }
        for (String name : STOP_NAMES) {
            ids.find(name).ifPresent(id -> {
                if (data.types().get(id) == TokenType.CONTROL) {
                    stops.add(id);
                }
            });
        }
        return Set.copyOf(stops);
    }

    /** What the tokenizer was made of. */
    public TokenizerData data() {
        return data;
    }

    /** Number of ids, unused ones included. */
    public int size() {
        return data.tokens().size();
    }

    /** Encodes a whole prompt: special tokens are recognized, BOS and EOS added where the model wants them. */
    public int[] encode(String text) {
        return encode(text, SpecialTokens.ADD_AND_PARSE);
    }

    public int[] encode(String text, SpecialTokens special) {
        TokenBuffer out = new TokenBuffer();
        if (special == SpecialTokens.ADD_AND_PARSE && data.addBos()) {
            data.specialIds().id(SpecialIds.Role.BOS).ifPresent(out::add);
        }
        boolean parse = special != SpecialTokens.IGNORE;
        WordEncoder.Run run = words.run();
        for (AddedTokenMatcher.Part part : (parse ? raw : rawText).split(text)) {
            AddedToken token = part.token();
            if (token != null) {
                out.add(token.id());
            } else {
                String between = data.normalization().apply(text.substring(part.from(), part.to()));
                encodeNormalized(between, parse ? normalized : normalizedText, run, out);
            }
        }
        if (special == SpecialTokens.ADD_AND_PARSE && data.addEos()) {
            data.specialIds().id(SpecialIds.Role.EOS).ifPresent(out::add);
        }
        return out.toArray();
    }

    private static void encodeNormalized(String text, AddedTokenMatcher matcher, WordEncoder.Run run, TokenBuffer out) {
        for (AddedTokenMatcher.Part part : matcher.split(text)) {
            AddedToken token = part.token();
            if (token != null) {
                out.add(token.id());
            } else {
                run.encode(text.substring(part.from(), part.to()), out);
            }
        }
    }

    /** The text of {@code tokens}, special ones included. */
    public String decode(int... tokens) {
        return decode(tokens, false);
    }

    /**
     * @param skipSpecial leave out the tokens that are special
     * @throws IllegalArgumentException when an id is outside the vocabulary
     */
    public String decode(int[] tokens, boolean skipSpecial) {
        TextStream stream = stream(skipSpecial);
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(stream.accept(token));
        }
        return text.append(stream.finish()).toString();
    }

    /** A decoder for tokens that arrive one by one. */
    public TextStream stream(boolean skipSpecial) {
        return new TextStream(this, skipSpecial);
    }

    /**
     * The bytes that a token stands for: none for an unused one, not always whole characters.
     *
     * @throws IllegalArgumentException when the id is outside the vocabulary
     */
    public byte[] bytes(int id) {
        String token = token(id);
        return switch (data.types().get(id)) {
            case NORMAL, BYTE -> ByteAlphabet.bytes(token);
            case CONTROL, USER_DEFINED, UNKNOWN -> token.getBytes(StandardCharsets.UTF_8);
            case UNUSED -> new byte[0];
        };
    }

    /** A token as the vocabulary spells it, in the byte alphabet if it is a normal one. */
    public String token(int id) {
        if (id < 0 || id >= size()) {
            throw new IllegalArgumentException(
                    "token id " + id + " is outside the vocabulary (0 to " + (size() - 1) + ")");
        }
        return data.tokens().get(id);
    }

    /** The id of a token as the vocabulary spells it. */
    public OptionalInt id(String token) {
        return ids.find(token);
    }

    /** Whether a token is marked as special: one that is skipped when text is decoded for people. */
    public boolean isSpecial(int id) {
        return special.get(id);
    }

    /** Whether a generation ends at this token: every EOS and end-of-turn id, and the stop tokens known by their names. */
    public boolean isStop(int id) {
        return stops.contains(id);
    }

    /** The ids of {@link #isStop}, ascending. */
    public IntStream stopIds() {
        return stops.stream().mapToInt(Integer::intValue).sorted();
    }
}
