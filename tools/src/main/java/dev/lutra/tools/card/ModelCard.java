package dev.lutra.tools.card;

import dev.lutra.gguf.metadata.MetadataBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The {@code general.*} keys that tell a person what a model is. Each is taken from the first that has it: what the user
 * states, the front matter of README.md, the name in config.json, the folder's name. Order and spelling are those of
 * llama.cpp's converter.
 */
public final class ModelCard {
    /** The texts, in file order, and the fields of a card that may hold each, the first that does winning. */
    private static final Map<String, List<String>> TEXTS = new LinkedHashMap<>();

    static {
        TEXTS.put("name", List.of("name", "model_name"));
        TEXTS.put("author", List.of("author", "model_author", "model_creator"));
        TEXTS.put("version", List.of("version", "model_version"));
        TEXTS.put("organization", List.of("organization", "model_organization"));
        TEXTS.put("finetune", List.of("finetune", "model_finetune"));
        TEXTS.put("basename", List.of("basename", "model_basename", "model_type"));
        TEXTS.put("description", List.of("description", "model_description"));
        TEXTS.put("quantized_by", List.of());
        TEXTS.put("size_label", List.of("size_label", "model_size_label"));
        TEXTS.put("license", List.of("license"));
        TEXTS.put("license.name", List.of("license_name"));
        TEXTS.put("license.link", List.of("license_link"));
        for (String key : List.of("url", "doi", "uuid", "repo_url")) TEXTS.put(key, List.of());
        for (String key : List.of("url", "doi", "uuid", "repo_url"))
            TEXTS.put("source." + key, List.of(key, "model_" + key));
    }

    private static final String PREFIX = "general.";

    private final long weights;
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, List<Origin>> origins = new HashMap<>();
    private final Map<String, List<String>> lists = new HashMap<>();

    private ModelCard(long weights) {
        this.weights = weights;
    }

    /**
     * Collects what is known.
     *
     * @param files what lies in the checkpoint's folder
     * @param stated keys {@code general.*} that the user gives, which win over all else
     * @param size of the model, for a label when no name has one
     */
    public static ModelCard of(CardFiles files, JsonNode stated, SizeLabel size) {
        ModelCard card = new ModelCard(size.total());
        card.state(stated);
        card.readFrontMatter(files.frontMatter());
        String id = files.config().path("_name_or_path").asString("");
        // a name on the hub, not a path on somebody's disk
        if (!id.isBlank() && id.indexOf('/') == id.lastIndexOf('/')) card.add(ModelId.of(id, card.weights));
        card.add(ModelId.of(files.folderName(), card.weights));
        card.add("name", files.folderName());
        card.add("size_label", size.text());
        return card;
    }

    private void add(String key, @Nullable String text) {
        if (text != null && !text.isEmpty()) texts.putIfAbsent(key, text);
    }

    private void add(ModelId id) {
        if (id.fullName() != null) add("name", ModelId.title(id.fullName()));
        if (id.organization() != null) add("organization", ModelId.title(id.organization()));
        add("basename", id.basename());
        add("finetune", id.finetune());
        add("version", id.version());
        add("size_label", id.sizeLabel());
    }

    private void state(JsonNode stated) {
        for (String key : TEXTS.keySet()) add(key, stated.path(PREFIX + key).asString(null));
        addOrigins("base_model", value(stated.path(PREFIX + "base_models")));
        addOrigins("dataset", value(stated.path(PREFIX + "datasets")));
        addList("tags", value(stated.path(PREFIX + "tags")));
        addList("languages", value(stated.path(PREFIX + "languages")));
    }

    /** JSON as front matter has it: texts, lists and maps. */
    private static @Nullable Object value(JsonNode node) {
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            for (JsonNode element : node) {
                Object value = value(element);
                if (value != null) list.add(value);
            }
            return list;
        }
        if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                Object value = value(entry.getValue());
                if (value != null) map.put(entry.getKey(), value);
            }
            return map;
        }
        return node.isNull() || node.isMissingNode() ? null : node.asString();
    }

    private void readFrontMatter(Map<String, Object> fields) {
        TEXTS.forEach((key, names) -> {
            for (String name : names) add(key, text(fields.get(name)));
        });
        addOrigins("base_model", first(fields, "base_model", "base_models", "base_model_sources"));
        addOrigins("dataset", first(fields, "datasets", "dataset", "dataset_sources"));
        addList("tags", both(fields, "tags", "pipeline_tag"));
        addList("languages", both(fields, "languages", "language"));
    }

    /** A text; several, as licenses may be, joined by commas. */
    private static @Nullable String text(@Nullable Object value) {
        if (value instanceof List<?> list)
            return String.join(",", list.stream().map(String::valueOf).toList());
        return value instanceof String text ? text : null;
    }

    private static @Nullable Object first(Map<String, Object> fields, String... names) {
        for (String name : names) if (fields.containsKey(name)) return fields.get(name);
        return null;
    }

    private static List<Object> both(Map<String, Object> fields, String one, String other) {
        List<Object> all = new ArrayList<>();
        for (String name : List.of(one, other)) {
            Object value = fields.get(name);
            if (value instanceof List<?> list) all.addAll(list);
            else if (value instanceof String) all.add(value);
        }
        return all;
    }

    private void addOrigins(String key, @Nullable Object value) {
        if (value != null) origins.putIfAbsent(key, Origin.listOf(value, weights));
    }

    private void addList(String key, @Nullable Object value) {
        if (!(value instanceof List<?> list)) return;
        List<String> strings = list.stream()
                .filter(String.class::isInstance)
                .map(Objects::toString)
                .toList();
        if (!strings.isEmpty()) lists.putIfAbsent(key, strings);
    }

    /** Adds the keys. */
    public void write(MetadataBuilder metadata) {
        for (String key : TEXTS.keySet()) {
            String text = texts.get(key);
            if (text != null) metadata.string(PREFIX + key, text);
        }
        for (String key : List.of("base_model", "dataset"))
            if (origins.containsKey(key)) Origin.write(origins.get(key), PREFIX + key, metadata);
        for (String key : List.of("tags", "languages"))
            if (lists.containsKey(key)) metadata.strings(PREFIX + key, lists.get(key));
    }
}
