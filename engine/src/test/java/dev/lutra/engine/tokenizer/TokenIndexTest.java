package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenIndexTest {
    private static final int SEED = 7;

    private static TokenIndex index(List<String> tokens) {
        return new TokenIndex(TokenList.copyOf(tokens), SEED);
    }

    private static int hash(TokenIndex index, String text) {
        int hash = index.emptyHash();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = TokenIndex.hash(hash, b);
        }
        return hash;
    }

    @Test
    void findsWhatAMapFinds() {
        SplittableRandom random = new SplittableRandom(1);
        Map<String, Integer> ids = new HashMap<>();
        List<String> tokens = new ArrayList<>(List.of(""));
        ids.put("", 0);
        while (tokens.size() < 20_000) {
            StringBuilder token = new StringBuilder();
            for (int i = random.nextInt(1, 9); i > 0; i--) {
                token.appendCodePoint("abcĠé世\uD83E\uDDA6".codePoints().toArray()[random.nextInt(7)]);
            }
            if (ids.putIfAbsent(token.toString(), tokens.size()) == null) {
                tokens.add(token.toString());
            }
        }
        TokenIndex index = index(tokens);
        for (int id = 0; id < tokens.size(); id++) {
            assertEquals(OptionalInt.of(id), index.find(tokens.get(id)));
            String other = tokens.get(id) + "b";
            Integer expected = ids.get(other);
            assertEquals(expected == null ? OptionalInt.empty() : OptionalInt.of(expected), index.find(other));
        }
        assertTrue(
                new TokenIndex(TokenList.copyOf(tokens)).find(tokens.getLast()).isPresent(), "with any seed");
    }

    /** Two spellings with the same hash are two tokens, and a third that only one of them shares it with is none. */
    @Test
    void tellsCollidingSpellingsApart() {
        TokenIndex any = index(List.of("x"));
        Map<Integer, String> seen = new HashMap<>();
        List<String> colliding = new ArrayList<>();
        for (int i = 0; colliding.size() < 6; i++) {
            String token = "t" + i;
            String other = seen.putIfAbsent(hash(any, token), token);
            if (other != null) {
                colliding.add(other);
                colliding.add(token);
            }
        }
        String absent = colliding.removeLast();
        TokenIndex index = index(colliding);
        for (int id = 0; id < colliding.size(); id++) {
            assertEquals(OptionalInt.of(id), index.find(colliding.get(id)));
        }
        assertEquals(OptionalInt.empty(), index.find(absent));
    }

    @Test
    void joinsTwoPieces() {
        TokenIndex index = index(List.of("", "ab", "abc", "c"));
        byte[] text = "ab c".getBytes(StandardCharsets.UTF_8);
        assertEquals(2, index.find(hash(index, "abc"), text, 0, 2, 3, 4));
        assertEquals(1, index.find(hash(index, "ab"), text, 0, 2, 2, 2));
        assertEquals(TokenIndex.NONE, index.find(hash(index, "bc"), text, 1, 2, 3, 4));
        assertTrue(index.isSpelled(0, text, 1, 1, 4, 4));
        assertEquals(false, index.isSpelled(4, text, 0, 2, 3, 4), "there is no such token");
    }

    @Test
    void refusesASecondTokenOfTheSameSpelling() {
        for (String token : List.of("", "twin", "世")) {
            IllegalArgumentException failure =
                    assertThrows(IllegalArgumentException.class, () -> index(List.of("a", token, "b", token)));
            assertEquals("token '" + token + "' is there twice, as 1 and as 3", failure.getMessage());
        }
    }

    /** Native code and the loop that is its specification fill the same slots; without native code this compares nothing new. */
    @Test
    void nativeCodeMakesTheSameTables() {
        TokenizerData data = Story.tokenizer().data();
        TokenList tokens = TokenList.copyOf(data.tokens()), merges = TokenList.copyOf(data.merges());
        TokenIndex index = new TokenIndex(tokens, SEED);
        long[] slots = index.slots().clone();
        MergeTable table = new MergeTable(merges, index);
        Map<Long, Long> found = new HashMap<>();
        for (int left = 0; left < 256; left++) {
            for (int right = 0; right < tokens.size(); right++) {
                found.put((long) left << 32 | right, table.find(left, right));
            }
        }
        index.fill();
        assertArrayEquals(index.slots(), slots);
        table.fill(merges, index);
        found.forEach((pair, value) -> assertEquals(value, table.find((int) (pair >> 32), pair.intValue())));
        assertTrue(found.values().stream().anyMatch(value -> value != MergeTable.NONE));
    }

    /** Merges that native code refuses are told of by the loop. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "ab| merge 1, 'ab', is not two tokens separated by a space",
                "\" a\"| merge 1, ' a', is not two tokens separated by a space",
                "\"a \"| merge 1, 'a ', is not two tokens separated by a space",
                "a b c| merge 1, 'a b c', is not two tokens separated by a space",
                "\"\"| merge 1, '', is not two tokens separated by a space",
                "b a| merge 1, 'b a', needs the token 'ba', which is not there",
                "x yz| merge 1, 'x yz', needs the token 'x', which is not there",
                "xy z| merge 1, 'xy z', needs the token 'z', which is not there",
                "a b| merge 1, 'a b', repeats merge 0"
            })
    void refusesMerges(String merge, String message) {
        TokenIndex index = index(List.of("a", "b", "ab", "xyz", "yz", "xy"));
        TokenList merges = TokenList.copyOf(List.of("a b", merge));
        IllegalArgumentException failure =
                assertThrows(IllegalArgumentException.class, () -> new MergeTable(merges, index));
        assertEquals(message, failure.getMessage());
    }

    @Test
    void holdsNoTokensAtAll() {
        assertEquals(OptionalInt.empty(), index(List.of()).find("a"));
    }
}
