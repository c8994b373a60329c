package dev.lutra.tools.card;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.ConstructNode;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.constructor.ConstructYamlNull;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * The YAML between two lines {@code ---} at the head of a model card. Every scalar is taken as text (a version is {@code 2.5},
 * Norwegian is {@code no}); what has no value is left out.
 */
final class FrontMatter {
    private static final String FENCE = "---";

    /** Cards are a few kilobytes, and none needs an alias. */
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setSchema(new TextSchema())
            .setCodePointLimit(1 << 20)
            .setMaxAliasesForCollections(16)
            .setAllowDuplicateKeys(true)
            .setLabel("front matter")
            .build();

    private FrontMatter() {}

    /** Texts, lists and maps, and nothing where nothing stands. */
    private static final class TextSchema extends FailsafeSchema {
        @Override
        public Map<Tag, ConstructNode> getSchemaTagConstructors() {
            return Map.of(Tag.NULL, new ConstructYamlNull());
        }
    }

    /**
     * The fields of {@code card}: strings, lists and maps; none when it has no front matter.
     *
     * @throws IllegalArgumentException when it is no YAML, or no map, with the line
     */
    static Map<String, Object> of(String card) {
        List<String> lines = card.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(FENCE)) return Map.of();
        List<String> matter = lines.subList(1, lines.size());
        int end = matter.indexOf(FENCE);
        // Tabs are no indentation in YAML, and some cards have them.
        String yaml =
                String.join("\n", end < 0 ? matter : matter.subList(0, end)).replace("\t", "  ") + "\n";
        try {
            Object root = new Load(SETTINGS).loadFromString(yaml);
            if (root == null) return Map.of();
            if (!(root instanceof Map<?, ?> map)) throw new IllegalArgumentException("it is not a list of keys");
            return entries(map);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 2).orElse(1);
            throw new IllegalArgumentException("line " + line + ": " + e.getProblem(), e);
        } catch (YamlEngineException | StackOverflowError e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Map<String, Object> entries(Map<?, ?> map) {
        Map<String, Object> entries = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            Object known = known(value);
            if (known != null) entries.put(String.valueOf(key), known);
        });
        return entries;
    }

    private static @Nullable Object known(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) return entries(map);
        if (value instanceof List<?> list) {
            List<Object> items = new ArrayList<>();
            for (Object item : list) {
                Object known = known(item);
                if (known != null) items.add(known);
            }
            return items;
        }
        String text = value == null ? "" : value.toString();
        return text.isEmpty() || text.equals("~") || text.equals("null") ? null : text;
    }
}
