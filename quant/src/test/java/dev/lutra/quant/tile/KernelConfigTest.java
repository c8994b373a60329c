package dev.lutra.quant.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelConfigTest {
    private static final List<TileConfig> TILES =
            List.of(new TileConfig(3200, 8640, 160, 64, 32), new TileConfig(3200, 3200, 320, 128, 64));

    @Test
    void writesAsBitnetsGeneratorsDo() {
        assertEquals("""
                [Kernels_0]
                m = 3200
                k = 8640
                bm = 160
                bk = 64
                bmm = 32

                [Kernels_1]
                m = 3200
                k = 3200
                bm = 320
                bk = 128
                bmm = 64

                """, KernelConfig.format(TILES));
    }

    @Test
    void readsWhatItWrites() {
        assertEquals(TILES, KernelConfig.parse(KernelConfig.format(TILES), "test"));
    }

    @Test
    void readsTheFreedomsOfConfigParser() {
        String text = "# made by hand\r\n[Kernels_7]\r\nM=32\r\n; note\r\nK : 96\r\nBM= 32\r\nbk =96\r\nBMM = 32";
        assertEquals(List.of(new TileConfig(32, 96, 32, 96, 32)), KernelConfig.parse(text, "test"));
        assertEquals(List.of(), KernelConfig.parse("", "test"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "m = 3 | f.ini:1: expected a section",
                "[A];m = x | f.ini:2: m must be a whole number, not x",
                "[A];m = 99999999999 | f.ini:2: m must be a whole number",
                "[A];q = 3 | f.ini:2: unknown key q",
                "[A];m 3 | f.ini:2: expected KEY = NUMBER",
                "[A];m = 3;m = 4 | f.ini:3: key m appears twice",
                "[A];[A] | f.ini:2: section [A] appears twice",
                "[A];m = 3 | f.ini: section [A] lacks the key k",
                "[A];m=1;k=1;bm=0;bk=1;bmm=1 | f.ini: section [A]: tile bm=0",
            })
    void faultsAreNamedWithTheirLine(String text, String expected) {
        var error = assertThrows(
                IllegalArgumentException.class, () -> KernelConfig.parse(text.replace(';', '\n'), "f.ini"));
        assertTrue(error.getMessage().startsWith(expected), error.getMessage());
    }
}
