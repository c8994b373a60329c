package dev.lutra.tools.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1536,1.50 KiB", "9223372036854775807,8388608.00 TiB"})
    void bytesInWords(long count, String text) {
        assertEquals(text, Sizes.bytes(count));
    }

    @Test
    void parametersAsLlamaBenchCountsThem() {
        assertEquals("494.03 M", Sizes.count(494_032_768));
        assertEquals("72.71 B", Sizes.count(72_706_203_648L));
    }

    @ParameterizedTest
    @CsvSource({"5,5.0 s", "200,3 min 20 s", "3725,1 h 02 min"})
    void durations(double seconds, String text) {
        assertEquals(text, Sizes.duration(seconds));
    }

    @ParameterizedTest
    @CsvSource({"500,500", "3k,3000", "2G,2000000000", "1 M,1000000"})
    void parsesSplitSizes(String text, long size) {
        assertEquals(size, Sizes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-1", "0", "2T5", "99999999999999999G"})
    void refusesWhatIsNoSize(String text) {
        assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
    }
}
