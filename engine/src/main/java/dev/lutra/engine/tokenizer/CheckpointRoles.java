package dev.lutra.engine.tokenizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which tokens of a checkpoint play which role, found in the files beside tokenizer.json as llama.cpp's converter finds it. */
final class CheckpointRoles {
    private final @Nullable JsonFile tokenizerConfig;
    private final @Nullable JsonFile config;
    private final @Nullable JsonFile generationConfig;
    private final List<String> tokens;
    private final Consumer<String> warnings;

    CheckpointRoles(
            @Nullable JsonFile tokenizerConfig,
            @Nullable JsonFile config,
            @Nullable JsonFile generationConfig,
            List<String> tokens,
            Consumer<String> warnings) {
        this.tokenizerConfig = tokenizerConfig;
        this.config = config;
        this.generationConfig = generationConfig;
        this.tokens = tokens;
        this.warnings = warnings;
    }

    /** Named by tokenizer_config.json first, then by config.json: the order of their keys in a GGUF. */
    SpecialIds specialIds(Collection<AddedToken> added) {
        Map<SpecialIds.Role, Integer> ids = new LinkedHashMap<>();
        List<SpecialIds.Role> roles = new ArrayList<>(List.of(SpecialIds.Role.values()));
        roles.removeAll(List.of(SpecialIds.Role.END_OF_TURN, SpecialIds.Role.END_OF_MESSAGE));
        if (tokenizerConfig != null) {
            for (SpecialIds.Role role : roles) {
                String name = tokenName(tokenizerConfig.root().path(role.prefix() + "_token"));
                for (AddedToken token : added) {
                    if (token.content().equals(name)) {
                        ids.put(role, token.id());
                    }
                }
            }
        }
        if (config != null) {
            for (SpecialIds.Role role : roles) {
                String key = role.prefix() + "_token_id";
                JsonNode id = JsonFile.get(config.root(), key);
                if (id == null) {
                    id = JsonFile.get(config.root().path("text_config"), key);
                }
                if (id != null && id.isIntegralNumber() && !ids.containsKey(role) && inRange(config, key, id)) {
                    ids.put(role, id.intValue());
                }
            }
        }
        return new SpecialIds(ids);
    }

    private static @Nullable String tokenName(JsonNode node) {
        JsonNode name = node.isObject() ? node.path("content") : node;
        return name.isString() ? name.stringValue() : null;
    }

    private boolean inRange(JsonFile source, String key, JsonNode id) {
        if (id.canConvertToInt() && id.intValue() >= 0 && id.intValue() < tokens.size()) {
            return true;
        }
        warnings.accept(
                source.path() + ": " + key + " " + id + " is outside the vocabulary of " + tokens.size() + ", ignored");
        return false;
    }

    /** Every EOS id of config.json and generation_config.json, either of which may list several. */
    Set<Integer> stopIds() {
        Set<Integer> stops = new TreeSet<>();
        for (JsonFile source : new @Nullable JsonFile[] {config, generationConfig}) {
            JsonNode eos = source == null ? null : JsonFile.get(source.root(), "eos_token_id");
            if (source != null && eos != null) {
                for (JsonNode id : eos.isArray() ? eos : List.of(eos)) {
                    if (inRange(source, "eos_token_id", id)) {
                        stops.add(id.intValue());
                    }
                }
            }
        }
        return stops;
    }

    /** Whether the role's token is put at its end of every text: by tokenizer_config.json, else by the post-processor. */
    boolean adds(SpecialIds.Role role, @Nullable String template, SpecialIds special) {
        boolean adds = template != null
                && special.id(role).isPresent()
                && tokens.get(special.id(role).getAsInt()).equals(template);
        if (tokenizerConfig != null) {
            adds = tokenizerConfig.flag(tokenizerConfig.root(), "add_" + role.prefix() + "_token", adds);
        }
        if (adds && special.id(role).isEmpty()) {
            warnings.accept("tokenizer: a " + role + " token is to be added, but none is named; adding none");
            return false;
        }
        return adds;
    }

    /** Whether anything says if the role's token is added. */
    boolean states(SpecialIds.Role role, @Nullable String template) {
        return template != null
                || tokenizerConfig != null
                        && JsonFile.get(tokenizerConfig.root(), "add_" + role.prefix() + "_token") != null;
    }
}
