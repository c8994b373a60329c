package dev.lutra.tools.card;

import dev.lutra.gguf.metadata.MetadataBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model or a data set that a model was made from.
 *
 * @param fields by the last part of their key, in the order of gguf-py
 */
record Origin(Map<String, String> fields) {
    private static final List<String> KEYS =
            List.of("name", "author", "version", "organization", "description", "url", "doi", "uuid", "repo_url");
    private static final String HUB = "https://huggingface.co/";
    private static final Pattern HUB_URL = Pattern.compile("https?://huggingface\\.co/([^/]+/[^/]+)");

    /**
     * What a card names: one id or URL, or a list of them, or maps of fields.
     *
     * @param weights of the model that was made
     */
    static List<Origin> listOf(Object value, long weights) {
        List<Origin> origins = new ArrayList<>();
        for (Object one : value instanceof List<?> list ? list : List.of(value)) {
            if (one instanceof String id) origins.add(ofId(id, weights));
            else if (one instanceof Map<?, ?> map) origins.add(ofMap(map));
        }
        return origins;
    }

    private static Origin ofMap(Map<?, ?> map) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String key : KEYS) if (map.get(key) instanceof String text && !text.isEmpty()) fields.put(key, text);
        return new Origin(fields);
    }

    private static Origin ofId(String id, long weights) {
        if (!id.startsWith("http://") && !id.startsWith("https://") && !id.startsWith("ssh://"))
            return named(ModelId.of(id, weights), null);
        Matcher hub = HUB_URL.matcher(id);
        return named(hub.matches() ? ModelId.of(hub.group(1), weights) : ModelId.NONE, id);
    }

    private static Origin named(ModelId id, @Nullable String url) {
        Map<String, Object> all = new LinkedHashMap<>();
        String name = id.fullName(), organization = id.organization();
        if (name != null) all.put("name", ModelId.title(name));
        if (id.version() != null) all.put("version", id.version());
        if (organization != null) all.put("organization", ModelId.title(organization));
        if (url != null) all.put("repo_url", url);
        else if (name != null && organization != null) all.put("repo_url", HUB + organization + "/" + name);
        return ofMap(all);
    }

    /** Adds the keys {@code PREFIX.count} and {@code PREFIX.0.name} and so on. */
    static void write(List<Origin> origins, String prefix, MetadataBuilder metadata) {
        metadata.u32(prefix + ".count", origins.size());
        for (int i = 0; i < origins.size(); i++) {
            String own = prefix + "." + i + ".";
            origins.get(i).fields.forEach((key, value) -> metadata.string(own + key, value));
        }
    }
}
