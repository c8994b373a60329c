package dev.lutra.gguf.safetensors;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads {@code model.safetensors.index.json}: which shard holds which tensor. */
final class CheckpointIndex {
    private static final long LONGEST_INDEX = 100_000_000;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private CheckpointIndex() {}

    /** Shard by tensor name; the shards lie beside the index. */
    static Map<String, Path> read(Path index) throws IOException {
        if (Files.size(index) > LONGEST_INDEX) throw new MalformedFileException(index, "is too large for an index");
        JsonNode weightMap = parse(index).path("weight_map");
        if (!weightMap.isObject() || weightMap.isEmpty())
            throw new MalformedFileException(index, "has no weight_map; download it again");
        Map<String, Path> shards = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : weightMap.properties())
            shards.put(entry.getKey(), shard(index, entry.getKey(), entry.getValue()));
        return shards;
    }

    private static JsonNode parse(Path index) throws IOException {
        try {
            return JSON.readTree(Files.readAllBytes(index));
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    index, MalformedFileException.NO_OFFSET, "is no sound JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** A shard is a plain file name: an index must not reach into other folders. */
    private static Path shard(Path index, String tensor, JsonNode value) {
        String name = value.isString() ? value.stringValue() : "";
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors"))
            throw new MalformedFileException(
                    index,
                    "places tensor " + tensor + " in " + value + ", which is no plain" + " name of a safetensors file");
        return index.resolveSibling(name);
    }
}
