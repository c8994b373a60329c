package dev.lutra.tools.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TableTest {
    private final Table table =
            new Table("name", "t/s").add("a|b", Table.number(12.345, 1)).add("says \"c\", d", Table.number(7, 1));

    @Test
    void textAlignsNumbersToTheRight() {
        assertEquals("""
                name          t/s
                a|b          12.3
                says "c", d   7.0
                """, table.render(OutputFormat.text));
    }

    @Test
    void markdownEscapesBarsAndMarksNumericColumns() {
        assertEquals("""
                | name        |  t/s |
                | ----------- | ---: |
                | a\\|b        | 12.3 |
                | says "c", d |  7.0 |
                """, table.render(OutputFormat.md));
    }

    @Test
    void csvQuotesWhatNeedsItAndKeepsPrecision() {
        assertEquals("name,t/s\na|b,12.345\n\"says \"\"c\"\", d\",7.0\n", table.render(OutputFormat.csv));
    }

    @Test
    void jsonLinesHoldValuesNotTexts() {
        assertEquals(
                "{\"name\":\"a|b\",\"t/s\":12.345}\n{\"name\":\"says \\\"c\\\", d\",\"t/s\":7.0}\n",
                table.render(OutputFormat.jsonl));
    }

    @Test
    void aRowOfAnotherWidthIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> table.add("only one"));
    }
}
