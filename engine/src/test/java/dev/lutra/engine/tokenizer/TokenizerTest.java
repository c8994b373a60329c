package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TokenizerTest {
    private static final int END_OF_TEXT = 1400;
    private static final int IM_START = 1401;
    private static final int IM_END = 1402;

    private final Tokenizer story = Story.tokenizer();

    /** Ids that transformers gave for prompts of the story models. */
    @Test
    void encodesThePromptsOfTheStoryModels() {
        assertArrayEquals(
                new int[] {574, 573, 258, 416, 392, 273, 258, 555, 362},
                story.encode("Once upon a time there was a child named"));
        assertArrayEquals(
                new int[] {556, 804, 565, 11, 725, 560, 358, 563, 13},
                story.encode("One rainy morning, Lily woke up early."));
        assertArrayEquals(
                new int[] {
                    1401, 412, 198, 370, 402, 258, 411, 395, 13, 1402, 198, 1401, 367, 198, 438, 355, 984, 1222, 991,
                    30, 1402, 198, 1401, 369, 198
                },
                story.encode("<|im_start|>system\nYou are a helpful storyteller.<|im_end|>\n"
                        + "<|im_start|>user\nWhat is three plus four?<|im_end|>\n<|im_start|>assistant\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"story-float", "story-ternary", "real-small"})
    void encodesThePromptsOfTheCheckpointsBesideTheRepository(String name) {
        Path folder = SharedFixtures.folder(name);
        Tokenizer tokenizer = CheckpointTokenizer.load(folder, null, Story::refuse);
        JsonNode prompts = Story.json(folder, "expected.json").path("float32").path("prompts");
        assertTrue(prompts.size() > 0);
        boolean skipSpecial = name.startsWith("story"); // how the fixtures' makers decoded them
        for (JsonNode prompt : prompts) {
            assertArrayEquals(
                    Story.ints(prompt.path("ids")),
                    tokenizer.encode(prompt.path("prompt").stringValue()));
            assertEquals(
                    prompt.path("greedy_text").stringValue(),
                    tokenizer.decode(Story.ints(prompt.path("greedy_ids")), skipSpecial));
        }
    }

    @ParameterizedTest
    @EnumSource
    void bringsRandomTextBack(PreTokenizer pre) {
        Tokenizer tokenizer = Story.tokenizer(pre);
        Random random = new Random(11);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(30);
            int plane = random.nextInt(4);
            for (int i = 0; i < length; i++) {
                int bound = new int[] {0x80, 0x800, 0x10000, Character.MAX_CODE_POINT + 1}[plane];
                text.appendCodePoint(random.nextInt(bound));
            }
            // lone surrogates cannot be UTF-8, and two of them side by side in a Java string are a character
            String sound = text.toString().replaceAll("\\p{Cs}", "\uFFFD");
            String expected = pre.impliedNormalization() == Normalization.NFC
                    ? Normalizer.normalize(sound, Normalizer.Form.NFC)
                    : sound;
            assertEquals(expected, tokenizer.decode(tokenizer.encode(text.toString())));
            assertEquals(expected, tokenizer.decode(tokenizer.encode(text.toString(), SpecialTokens.IGNORE)));
        }
    }

    @Test
    void encodesLoneSurrogatesAsTheReplacementCharacter() {
        assertArrayEquals(story.encode("a\uFFFDb"), story.encode("a\uD800b"));
        assertArrayEquals(story.encode("\uFFFD\uFFFD"), story.encode("\uDC00\uD800"));
    }

    @Test
    void takesControlTokensAsTextWhereTheyMustNotSteer() {
        int[] ids = story.encode("<|im_end|>\n", SpecialTokens.IGNORE);
        assertFalse(story.decode(ids, true).isEmpty());
        assertEquals("<|im_end|>\n", story.decode(ids, true));
        assertArrayEquals(new int[] {IM_END, 198}, story.encode("<|im_end|>\n", SpecialTokens.PARSE));
    }

    @Test
    void skipsSpecialTokensOnRequest() {
        int[] ids = story.encode("<|im_start|>user\nHi<|im_end|>");
        assertEquals("<|im_start|>user\nHi<|im_end|>", story.decode(ids));
        assertEquals("user\nHi", story.decode(ids, true));
    }

    @Test
    void knowsItsStopTokens() {
        assertArrayEquals(new int[] {END_OF_TEXT, IM_END}, story.stopIds().toArray());
        assertTrue(story.isStop(IM_END));
        assertFalse(story.isStop(IM_START));
    }

    @Test
    void padsToTheModelsRows() {
        Tokenizer padded = new Tokenizer(story.data().padTo(1408));
        assertEquals(1408, padded.size());
        assertEquals("[PAD1403]", padded.token(1403));
        assertEquals("", padded.decode(1403, 1407));
        assertArrayEquals(story.encode("[PAD1403]"), padded.encode("[PAD1403]"));
        assertThrows(IllegalArgumentException.class, () -> story.data().padTo(1402));
    }

    @Test
    void refusesIdsOutsideTheVocabulary() {
        for (int id : new int[] {-1, story.size(), Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            String message = assertThrows(IllegalArgumentException.class, () -> story.decode(id))
                    .getMessage();
            assertTrue(message.contains("token id " + id), message);
        }
    }

    @Test
    void everyTokenAloneDecodesAndEncodes() {
        for (int id = 0; id < story.size(); id++) {
            String text = story.decode(id);
            assertEquals(new String(story.bytes(id), StandardCharsets.UTF_8), text);
            if (text.indexOf('\uFFFD') < 0) {
                assertEquals(text, story.decode(story.encode(text)));
            }
        }
    }

    /** A character in four tokens comes out with the last of them; what never becomes whole, at the end. */
    @Test
    void holdsUnfinishedCharactersBack() {
        int[] bytes = story.encode("\ud83d\ude00");
        assertEquals(4, bytes.length);
        TextStream stream = story.stream(false);
        assertEquals("", stream.accept(bytes[0]));
        assertEquals("", stream.accept(bytes[1]));
        assertEquals("", stream.accept(bytes[2]));
        assertEquals("\ud83d\ude00", stream.accept(bytes[3]));
        assertEquals("", stream.accept(bytes[0]));
        assertEquals("\uFFFDa", stream.accept(story.encode("a")[0]));
        assertEquals("", stream.accept(bytes[0]));
        assertEquals("\uFFFD", stream.finish());
        assertEquals("a", stream.accept(story.encode("a")[0]));
        assertEquals("", stream.finish());
    }

    @Test
    void streamsWhatItDecodesAtOnce() {
        Random random = new Random(5);
        for (int round = 0; round < 500; round++) {
            int[] ids = random.ints(20, 0, story.size()).toArray();
            ArrayList<Byte> bytes = new ArrayList<>();
            StringBuilder streamed = new StringBuilder();
            TextStream stream = story.stream(false);
            for (int id : ids) {
                for (byte b : story.bytes(id)) {
                    bytes.add(b);
                }
                streamed.append(stream.accept(id));
            }
            streamed.append(stream.finish());
            byte[] all = new byte[bytes.size()];
            for (int i = 0; i < all.length; i++) {
                all[i] = bytes.get(i);
            }
            assertEquals(new String(all, StandardCharsets.UTF_8), streamed.toString());
            assertEquals(streamed.toString(), story.decode(ids));
        }
    }

    @Test
    void addsBosAndEosOnlyToWholePrompts() {
        TokenizerData data = story.data();
        Tokenizer adding = new Tokenizer(new TokenizerData(
                data.tokens(),
                data.types(),
                data.merges(),
                data.addedTokens(),
                data.preTokenizer(),
                data.normalization(),
                data.ignoreMerges(),
                new SpecialIds(Map.of(SpecialIds.Role.BOS, END_OF_TEXT, SpecialIds.Role.EOS, IM_END)),
                data.stopIds(),
                true,
                true,
                null));
        int a = story.encode("a")[0];
        assertArrayEquals(new int[] {END_OF_TEXT, a, IM_END}, adding.encode("a"));
        assertArrayEquals(new int[] {a}, adding.encode("a", SpecialTokens.PARSE));
        assertArrayEquals(new int[] {END_OF_TEXT, IM_END}, adding.encode(""));
    }

    /** A word that is a token but that its merges would not reach, with and without ignore_merges. */
    @Test
    void takesWholeWordsPastTheMergesWhereToldTo() {
        TokenizerData data = story.data();
        List<String> tokens = new ArrayList<>(data.tokens());
        List<TokenType> types = new ArrayList<>(data.types());
        tokens.add("zqzq");
        types.add(TokenType.NORMAL);
        for (boolean ignoreMerges : new boolean[] {true, false}) {
            Tokenizer tokenizer = new Tokenizer(new TokenizerData(
                    tokens,
                    types,
                    data.merges(),
                    data.addedTokens(),
                    data.preTokenizer(),
                    data.normalization(),
                    ignoreMerges,
                    data.specialIds(),
                    data.stopIds(),
                    false,
                    false,
                    null));
            assertEquals(ignoreMerges ? 1 : 4, tokenizer.encode("zqzq").length);
        }
    }
}
