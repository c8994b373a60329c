package dev.lutra.gguf.metadata;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects metadata in the order in which it is to be written. Setting a key again replaces its value in place. */
public final class MetadataBuilder {
    private final Path file;
    private final Map<String, MetadataValue> values;

    MetadataBuilder(Path file, Map<String, MetadataValue> values) {
        this.file = file;
        this.values = new LinkedHashMap<>(values);
    }

    /**
     * Sets {@code key}.
     *
     * @throws IllegalArgumentException when the key is empty, longer than 65535 bytes or not printable ASCII
     */
    public MetadataBuilder put(String key, MetadataValue value) {
        boolean printable = key.chars().allMatch(c -> c > 0x20 && c < 0x7F);
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        if (!printable || bytes == 0 || bytes > MetadataReader.LONGEST_KEY)
            throw new IllegalArgumentException(
                    "a metadata key is 1 to 65535 printable ASCII characters, not \"" + key + "\"");
        values.put(key, value);
        return this;
    }

    public MetadataBuilder putAll(GgufMetadata other) {
        for (String key : other.keys()) values.put(key, other.value(key));
        return this;
    }

    public MetadataBuilder string(String key, String value) {
        return put(key, MetadataValue.string(value));
    }

    public MetadataBuilder strings(String key, List<String> values) {
        return put(key, ArrayValue.ofStrings(values));
    }

    public MetadataBuilder u32(String key, long value) {
        return put(key, MetadataValue.u32(value));
    }

    public MetadataBuilder f32(String key, double value) {
        return put(key, MetadataValue.f32((float) value));
    }

    public MetadataBuilder bool(String key, boolean value) {
        return put(key, MetadataValue.bool(value));
    }

    public MetadataBuilder remove(String key) {
        values.remove(key);
        return this;
    }

    public GgufMetadata build() {
        return new GgufMetadata(file, new LinkedHashMap<>(values));
    }
}
