package dev.lutra.engine.weights;

import dev.lutra.gguf.MalformedFileException;
import dev.lutra.gguf.file.GgufFile;
import dev.lutra.gguf.metadata.ArrayValue;
import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.quant.tile.TileTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the tiles of a file's TL1 and TL2 tensors from its metadata. */
public final class GgufTiles {
    private GgufTiles() {}

    /**
     * The tiles that {@code file} says it was written with; empty when it says nothing.
     *
     * @throws MalformedFileException when it contradicts itself
     */
    public static TileTable read(GgufFile file) {
        try {
            return TileTable.fromMetadata(lists(file.metadata()));
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(
                    file.path(), MalformedFileException.NO_OFFSET, String.valueOf(e.getMessage()), e);
        }
    }

    private static Map<String, List<?>> lists(GgufMetadata metadata) {
        Map<String, List<?>> lists = new HashMap<>();
        for (String key : metadata.keys()) {
            if (!key.startsWith("lutra.tl.") || !(metadata.value(key) instanceof ArrayValue array)) continue;
            if (key.equals(TileTable.FORMAT_KEY)) lists.put(key, array.strings());
            else {
                List<Long> numbers = new ArrayList<>();
                for (long number : array.longs()) numbers.add(number);
                lists.put(key, numbers);
            }
        }
        return lists;
    }
}
