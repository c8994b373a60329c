package dev.lutra.quant.tile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tiles of a model, one per format and shape, and the metadata that carry them in a GGUF: six arrays of equal length,
 * {@code lutra.tl.format} (strings {@code tl1}, {@code tl2}) and {@code lutra.tl.m}, {@code .k}, {@code .bm}, {@code .bk},
 * {@code .bmm} (uint32), a row for each shape.
 */
public final class TileTable {
    /** The key whose presence tells that a file carries its tiles. */
    public static final String FORMAT_KEY = "lutra.tl.format";

    private static final List<String> NUMBER_KEYS =
            List.of("lutra.tl.m", "lutra.tl.k", "lutra.tl.bm", "lutra.tl.bk", "lutra.tl.bmm");

    /** A record's own methods are made when they are first called, which takes longer than all look-ups of a model's load. */
    private record Key(TileFormat format, int m, int k) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && format == key.format && m == key.m && k == key.k;
        }

        @Override
        public int hashCode() {
            return (format.ordinal() * 31 + m) * 31 + k;
        }
    }

    private final Map<Key, TileConfig> tiles = new LinkedHashMap<>();

    /**
     * Adds a tile, replacing one for the same format and shape.
     *
     * @throws IllegalArgumentException when the format does not allow the tile
     */
    public TileTable put(TileFormat format, TileConfig tile) {
        tiles.put(new Key(format, tile.m(), tile.k()), format.check(tile));
        return this;
    }

    /** Adds all of {@code list}; see {@link #put}. */
    public TileTable putAll(TileFormat format, List<TileConfig> list) {
        list.forEach(tile -> put(format, tile));
        return this;
    }

    /** The tile recorded for a shape. */
    public Optional<TileConfig> find(TileFormat format, int m, int k) {
        return Optional.ofNullable(tiles.get(new Key(format, m, k)));
    }

    /** The tile to write a shape with: the one recorded, else a default, which is recorded from then on. */
    public TileConfig forWriting(TileFormat format, int m, int k) {
        return tiles.computeIfAbsent(new Key(format, m, k), key -> format.defaultTile(m, k));
    }

    /**
     * The tile to read a shape with: the one recorded, else bitnet.cpp's preset for the shape.
     *
     * @throws IllegalArgumentException when neither is known
     */
    public TileConfig forReading(TileFormat format, int m, int k) {
        return find(format, m, k)
                .or(() -> TilePresets.candidates(format, m, k).stream().findFirst())
                .orElseThrow(() -> new IllegalArgumentException("the file does not say how its " + format.type()
                        + " matrices of " + m + " x " + k
                        + " are tiled and bitnet.cpp has no preset for that shape: give the kernel_config.ini that it"
                        + " was converted with"));
    }

    public boolean isEmpty() {
        return tiles.isEmpty();
    }

    /** The tiles of one format, in the order in which they were added. */
    public List<TileConfig> tiles(TileFormat format) {
        return tiles.entrySet().stream()
                .filter(entry -> entry.getKey().format() == format)
                .map(Map.Entry::getValue)
                .toList();
    }

    /** Metadata keys with their arrays, of String or Integer; empty for an empty table. */
    public Map<String, List<?>> toMetadata() {
        Map<String, List<?>> metadata = new LinkedHashMap<>();
        if (tiles.isEmpty()) return metadata;
        metadata.put(
                FORMAT_KEY,
                tiles.keySet().stream().map(key -> key.format().type().label()).toList());
        List<TileConfig> rows = List.copyOf(tiles.values());
        metadata.put(NUMBER_KEYS.get(0), rows.stream().map(TileConfig::m).toList());
        metadata.put(NUMBER_KEYS.get(1), rows.stream().map(TileConfig::k).toList());
        metadata.put(NUMBER_KEYS.get(2), rows.stream().map(TileConfig::bm).toList());
        metadata.put(NUMBER_KEYS.get(3), rows.stream().map(TileConfig::bk).toList());
        metadata.put(NUMBER_KEYS.get(4), rows.stream().map(TileConfig::bmm).toList());
        return metadata;
    }

    /**
     * The table in a file's metadata; empty when there is none.
     *
     * @param metadata values by key; only the {@code lutra.tl} keys are looked at
     * @throws IllegalArgumentException naming the key at fault
     */
    public static TileTable fromMetadata(Map<String, ? extends List<?>> metadata) {
        TileTable table = new TileTable();
        List<?> formats = metadata.get(FORMAT_KEY);
        if (formats == null) return table;
        List<List<?>> numbers = new ArrayList<>();
        for (String key : NUMBER_KEYS) {
            List<?> values = metadata.get(key);
            if (values == null || values.size() != formats.size())
                throw new IllegalArgumentException(
                        key + " must be an array of " + formats.size() + " numbers, as long as " + FORMAT_KEY);
            numbers.add(values);
        }
        for (int i = 0; i < formats.size(); i++) {
            Object name = formats.get(i);
            TileFormat format = TileFormat.byName(String.valueOf(name))
                    .orElseThrow(() -> new IllegalArgumentException(FORMAT_KEY + ": unknown format " + name));
            int[] row = new int[NUMBER_KEYS.size()];
            for (int j = 0; j < row.length; j++) row[j] = number(numbers.get(j).get(i), NUMBER_KEYS.get(j));
            table.put(format, new TileConfig(row[0], row[1], row[2], row[3], row[4]));
        }
        return table;
    }

    private static int number(Object value, String key) {
        if (value instanceof Number number && number.longValue() == number.intValue()) return number.intValue();
        throw new IllegalArgumentException(key + ": " + value + " is no whole number of 32 bits");
    }
}
