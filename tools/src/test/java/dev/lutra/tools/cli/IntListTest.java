package dev.lutra.tools.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class IntListTest {
    private static List<Integer> parse(String text) {
        return new IntList.Converter().convert(text).values();
    }

    @Test
    void takesListsStepsAndFactors() {
        assertEquals(List.of(512), parse("512"));
        assertEquals(List.of(1, 2, 8), parse("1,2, 8"));
        assertEquals(List.of(1, 2, 3, 0, 16, 32), parse("1-3,0-40+16"));
        assertEquals(List.of(1, 2, 4, 8), parse("1-8*2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1,,2", "x", "-1", "1-8*1", "0-8*2", "1-8+0", "0-99999999", "2147483648"})
    void refusesTheRestInOneLine(String text) {
        assertThrows(TypeConversionException.class, () -> parse(text));
    }
}
