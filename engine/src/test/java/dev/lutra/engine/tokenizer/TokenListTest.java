package dev.lutra.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.gguf.metadata.ArrayValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenListTest {
    private static final List<String> STRINGS = List.of("", "a", "Ġword", "世界", "\uD83E\uDDA6", "", "z".repeat(70_000));

    @Test
    void isTheListThatItWasMadeOf() {
        TokenList list = TokenList.copyOf(STRINGS);
        assertEquals(STRINGS, list);
        assertEquals(list, STRINGS);
        assertEquals(STRINGS.hashCode(), list.hashCode());
        assertEquals(list, new TokenList(ArrayValue.ofStrings(STRINGS)));
        assertNotEquals(list, TokenList.copyOf(STRINGS.reversed()));
        assertSame(list, TokenList.copyOf(list));
        assertThrows(IndexOutOfBoundsException.class, () -> list.get(STRINGS.size()));
        assertThrows(IndexOutOfBoundsException.class, () -> list.get(-1));
        assertThrows(UnsupportedOperationException.class, () -> list.add("more"));
        assertEquals(List.of(), TokenList.copyOf(List.of()));
    }

    @Test
    void refusesOtherArrays() {
        assertThrows(IllegalArgumentException.class, () -> new TokenList(ArrayValue.ofInts(1, 2)));
    }

    @Test
    void typesAreTheListThatTheyWereMadeOf() {
        List<TokenType> types = List.of(TokenType.values());
        TokenTypes compact = TokenTypes.copyOf(types);
        assertEquals(types, compact);
        assertEquals(types.hashCode(), compact.hashCode());
        assertEquals(1, compact.nextAdded(0), "UNKNOWN");
        assertEquals(2, compact.nextAdded(2), "CONTROL");
        assertEquals(3, compact.nextAdded(3), "USER_DEFINED");
        assertEquals(types.size(), compact.nextAdded(4));
        for (int code : new int[] {0, 7, -1, 257, Integer.MIN_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> TokenTypes.ofCodes(new int[] {1, code}));
        }
    }
}
