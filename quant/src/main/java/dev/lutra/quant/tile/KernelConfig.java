package dev.lutra.quant.tile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * bitnet.cpp's kernel_config.ini: one section {@code [Kernels_i]} per shape with the keys {@code m k bm bk bmm}. Reads what
 * Python's ConfigParser reads of it (keys in any letter case, {@code =} or {@code :}, comments) and writes what that writes.
 */
public final class KernelConfig {
    private static final List<String> KEYS = List.of("m", "k", "bm", "bk", "bmm");

    private KernelConfig() {}

    /** Reads {@code file}; see {@link #parse}. */
    public static List<TileConfig> read(Path file) throws IOException {
        return parse(Files.readString(file), file.toString());
    }

    /**
     * The tiles of an ini text, in its order, not yet checked against a format.
     *
     * @param source what messages call the text
     * @throws IllegalArgumentException with the line at fault
     */
    public static List<TileConfig> parse(String text, String source) {
        Map<String, Map<String, Integer>> sections = new LinkedHashMap<>();
        Map<String, Integer> section = null;
        int number = 0;
        for (String raw : text.split("\\R", -1)) {
            number++;
            String line = raw.strip();
            String where = source + ":" + number + ": ";
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) continue;
            if (line.startsWith("[") && line.endsWith("]")) {
                section = new LinkedHashMap<>();
                if (sections.putIfAbsent(line.substring(1, line.length() - 1), section) != null)
                    throw new IllegalArgumentException(where + "section " + line + " appears twice");
            } else if (section == null) {
                throw new IllegalArgumentException(where + "expected a section such as [Kernels_0]");
            } else {
                readKey(line, section, where);
            }
        }
        List<TileConfig> tiles = new ArrayList<>();
        sections.forEach((name, values) -> tiles.add(tile(values, source + ": section [" + name + "]")));
        return tiles;
    }

    private static void readKey(String line, Map<String, Integer> section, String where) {
        int cut = line.indexOf('=') >= 0 ? line.indexOf('=') : line.indexOf(':');
        if (cut < 0) throw new IllegalArgumentException(where + "expected KEY = NUMBER, found: " + line);
        String key = line.substring(0, cut).strip().toLowerCase(Locale.ROOT);
        String value = line.substring(cut + 1).strip();
        if (!KEYS.contains(key)) throw new IllegalArgumentException(where + "unknown key " + key + ", known: " + KEYS);
        try {
            if (section.put(key, Integer.parseInt(value)) != null)
                throw new IllegalArgumentException(where + "key " + key + " appears twice");
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(where + key + " must be a whole number, not " + value, e);
        }
    }

    private static TileConfig tile(Map<String, Integer> values, String where) {
        for (String key : KEYS)
            if (!values.containsKey(key)) throw new IllegalArgumentException(where + " lacks the key " + key);
        try {
            return new TileConfig(
                    values.get("m"), values.get("k"), values.get("bm"), values.get("bk"), values.get("bmm"));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    /** The ini text of {@code tiles}, as bitnet.cpp's code generators write it. */
    public static String format(List<TileConfig> tiles) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < tiles.size(); i++) {
            TileConfig tile = tiles.get(i);
            out.append("[Kernels_").append(i).append("]\n");
            out.append("m = ").append(tile.m()).append('\n');
            out.append("k = ").append(tile.k()).append('\n');
            out.append("bm = ").append(tile.bm()).append('\n');
            out.append("bk = ").append(tile.bk()).append('\n');
            out.append("bmm = ").append(tile.bmm()).append("\n\n");
        }
        return out.toString();
    }
}
