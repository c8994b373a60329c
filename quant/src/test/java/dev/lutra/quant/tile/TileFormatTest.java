package dev.lutra.quant.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TileFormatTest {
    @ParameterizedTest
    @CsvSource({
        "TL1, 100, 256, 32, 64, 32, bm must divide m",
        "TL1, 128, 250, 128, 64, 32, bk must divide k",
        "TL1, 128, 1024, 128, 512, 32, bk must be at most 256",
        "TL1, 96, 256, 96, 64, 64, bmm must divide bm",
        "TL1, 128, 256, 128, 64, 16, bmm must be 32 or 64",
        "TL1, 128, 252, 128, 4, 32, bk must be a multiple of 8 when bmm is 32",
        "TL2, 100, 192, 32, 96, 32, bm must divide m",
        "TL2, 48, 192, 48, 96, 32, bm must be a multiple of 32",
        "TL2, 128, 128, 128, 64, 32, bk must be a multiple of 24",
        "TL2, 128, 528, 128, 264, 32, bk must be at most 240",
        "TL2, 128, 208, 128, 96, 32, k modulo bk must be a multiple of 32",
        "TL2, 128, 192, 128, 96, 64, bmm must be 32",
    })
    void everyConstraintIsNamed(TileFormat format, int m, int k, int bm, int bk, int bmm, String expected) {
        TileConfig tile = new TileConfig(m, k, bm, bk, bmm);
        assertTrue(
                format.violations(tile).stream().anyMatch(text -> text.startsWith(expected)),
                () -> format.violations(tile).toString());
        var error = assertThrows(IllegalArgumentException.class, () -> format.check(tile));
        assertTrue(error.getMessage().contains(expected));
    }

    @Test
    void messageNamesTheNearestLegalTile() {
        var error = assertThrows(
                IllegalArgumentException.class, () -> TileFormat.TL2.check(new TileConfig(896, 896, 256, 96, 32)));
        assertTrue(error.getMessage().contains("nearest legal tile: bm=224 bk=96 bmm=32"), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"896, 4864", "128, 896", "29568, 8192", "8192, 29568", "256, 1536", "18944, 3584", "5120, 27648"})
    void qwenShapesTake128RowsInBothFormats(int m, int k) {
        assertEquals(new TileConfig(m, k, 128, 96, 32), TileFormat.TL2.defaultTile(m, k));
        assertEquals(new TileConfig(m, k, 128, 128, 64), TileFormat.TL1.defaultTile(m, k));
    }

    @Test
    void otherShapesTakeTheNearestLegalTile() {
        assertEquals(new TileConfig(160, 3200, 160, 96, 32), TileFormat.TL2.defaultTile(160, 3200));
        assertEquals(new TileConfig(2560, 6912, 128, 96, 32), TileFormat.TL2.defaultTile(2560, 6912));
        assertEquals(new TileConfig(32, 72, 32, 72, 32), TileFormat.TL2.defaultTile(32, 72));
        assertEquals(new TileConfig(96, 56, 96, 56, 32), TileFormat.TL1.defaultTile(96, 56));
    }

    @ParameterizedTest
    @EnumSource(TileFormat.class)
    void shapesWithoutALegalTileSayWhatIsNeeded(TileFormat format) {
        for (int[] shape : new int[][] {{100, 256}, {16, 256}, {64, 101}, {1, 1}}) {
            assertFalse(format.fits(shape[0], shape[1]));
            var error = assertThrows(IllegalArgumentException.class, () -> format.defaultTile(shape[0], shape[1]));
            assertTrue(error.getMessage().contains("rows divisible by 32"), error.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(TileFormat.class)
    void defaultsAreLegalForEveryShapeThatHasATile(TileFormat format) {
        int legal = 0;
        for (int m = 32; m <= 640; m += 32) {
            for (int k = 4; k <= 600; k += 4) {
                if (!format.fits(m, k)) continue;
                assertEquals(List.of(), format.violations(format.defaultTile(m, k)));
                legal++;
            }
        }
        assertTrue(legal > 1000, "only " + legal + " shapes");
    }

    @Test
    void bitnetsPresetsAreLegal() {
        int count = 0;
        for (TileFormat format : TileFormat.values())
            for (int m : new int[] {1024, 1536, 3200, 4096, 8640, 14336})
                for (int k : new int[] {1536, 3200, 4096, 8640, 14336})
                    for (TileConfig tile : TilePresets.candidates(format, m, k)) {
                        assertEquals(List.of(), format.violations(tile));
                        count++;
                    }
        assertEquals(24, count);
    }
}
