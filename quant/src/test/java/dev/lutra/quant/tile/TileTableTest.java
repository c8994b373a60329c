package dev.lutra.quant.tile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TileTableTest {
    private static final TileConfig TL1 = new TileConfig(896, 4864, 128, 64, 32);
    private static final TileConfig TL2 = new TileConfig(896, 4864, 224, 96, 32);

    private static TileTable table() {
        return new TileTable().put(TileFormat.TL1, TL1).put(TileFormat.TL2, TL2);
    }

    @Test
    void metadataCarryTheTable() {
        Map<String, List<?>> metadata = table().toMetadata();
        assertEquals(List.of("tl1", "tl2"), metadata.get("lutra.tl.format"));
        assertEquals(List.of(128, 224), metadata.get("lutra.tl.bm"));
        TileTable back = TileTable.fromMetadata(metadata);
        assertEquals(Optional.of(TL1), back.find(TileFormat.TL1, 896, 4864));
        assertEquals(Optional.of(TL2), back.find(TileFormat.TL2, 896, 4864));
        assertEquals(metadata, back.toMetadata());
    }

    @Test
    void fileWithoutTheKeysHasAnEmptyTable() {
        assertTrue(TileTable.fromMetadata(Map.of()).isEmpty());
        assertTrue(new TileTable().toMetadata().isEmpty());
    }

    @Test
    void brokenMetadataAreRefused() {
        for (String key : table().toMetadata().keySet()) {
            if (key.equals(TileTable.FORMAT_KEY)) continue;
            Map<String, List<?>> metadata = new HashMap<>(table().toMetadata());
            for (List<?> values : List.of(List.of(32), List.of(32, "x"), List.of(32, 1L << 40), List.of(7, 7))) {
                metadata.put(key, values);
                assertThrows(IllegalArgumentException.class, () -> TileTable.fromMetadata(metadata), key + values);
            }
        }
    }

    @Test
    void writingRecordsTheDefault() {
        TileTable table = new TileTable();
        TileConfig tile = table.forWriting(TileFormat.TL2, 128, 896);
        assertEquals(List.of(tile), table.tiles(TileFormat.TL2));
        assertEquals(TL2, table().forWriting(TileFormat.TL2, 896, 4864));
    }

    @Test
    void readingFallsBackToBitnetsPresetsAndThenFails() {
        TileTable empty = new TileTable();
        assertEquals(new TileConfig(3200, 3200, 320, 96, 32), empty.forReading(TileFormat.TL2, 3200, 3200));
        var error = assertThrows(IllegalArgumentException.class, () -> empty.forReading(TileFormat.TL2, 896, 4864));
        assertTrue(error.getMessage().contains("kernel_config.ini"), error.getMessage());
    }
}
