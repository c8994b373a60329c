package dev.lutra.engine.tokenizer;

import dev.lutra.gguf.MalformedFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A JSON object read from a file, with typed access whose errors name file and key. */
record JsonFile(Path path, JsonNode root) {
    /** Many times the largest tokenizer.json known (about 35 MB): a tree takes several bytes for each of the file's. */
    private static final long MAX_BYTES = 256L << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    static JsonFile read(Path path) {
        try {
            long size = Files.size(path);
            if (size > MAX_BYTES) {
                throw new MalformedFileException(
                        path, size + " bytes, too large for a tokenizer's or a model's settings");
            }
            JsonNode root = MAPPER.readTree(Files.readAllBytes(path));
            if (!root.isObject()) {
                throw new MalformedFileException(path, "no JSON object");
            }
            return new JsonFile(path, root);
        } catch (JacksonException e) {
            throw new MalformedFileException(
                    path, e.getLocation().getByteOffset(), "no valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": " + e.getMessage(), e);
        }
    }

    /** The file of this name in a folder, or null when there is none. */
    static @Nullable JsonFile readIfPresent(Path folder, String name) {
        Path path = folder.resolve(name);
        return Files.isRegularFile(path) ? read(path) : null;
    }

    MalformedFileException fault(String reason) {
        return new MalformedFileException(path, reason);
    }

    /** The value of a key as a node, null when it is absent or JSON's null. */
    static @Nullable JsonNode get(JsonNode object, String key) {
        JsonNode node = object.get(key);
        return node == null || node.isNull() ? null : node;
    }

    JsonNode object(JsonNode parent, String key) {
        JsonNode node = get(parent, key);
        if (node == null || !node.isObject()) {
            throw fault("'" + key + "' is " + (node == null ? "missing" : "no object"));
        }
        return node;
    }

    JsonNode array(JsonNode parent, String key) {
        JsonNode node = get(parent, key);
        if (node == null || !node.isArray()) {
            throw fault("'" + key + "' is " + (node == null ? "missing" : "no array"));
        }
        return node;
    }

    String string(JsonNode parent, String key) {
        JsonNode node = get(parent, key);
        if (node == null || !node.isString()) {
            throw fault("'" + key + "' is " + (node == null ? "missing" : "no string"));
        }
        return node.stringValue();
    }

    boolean flag(JsonNode parent, String key, boolean otherwise) {
        JsonNode node = get(parent, key);
        if (node == null) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            throw fault("'" + key + "' is neither true nor false");
        }
        return node.booleanValue();
    }

    /** An id of a token: an integer from 0 up to {@link TokenizerData#MAX_TOKENS}. */
    int id(@Nullable JsonNode node, String what) {
        if (node == null || !node.canConvertToInt() || !node.isIntegralNumber()) {
            throw fault("the id of " + what + " is " + (node == null ? "missing" : "no whole number: " + node));
        }
        int id = node.intValue();
        if (id < 0 || id >= TokenizerData.MAX_TOKENS) {
            throw fault("the id of " + what + " is " + id + ", outside 0 to " + (TokenizerData.MAX_TOKENS - 1));
        }
        return id;
    }
}
