package dev.lutra.engine.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The {@code pre_tokenizer} of tokenizer.json: a ByteLevel step, which splits by itself or leaves that to a Split before it.
 *
 * @param known the split, or null when it is none of those known
 * @param text the steps in words
 */
record PreTokenizerJson(@Nullable PreTokenizer known, String text) {
    static PreTokenizerJson parse(JsonFile file, @Nullable JsonNode node) {
        List<JsonNode> steps = new ArrayList<>();
        flatten(file, node, steps);
        PreTokenizer known = null;
        boolean byteLevel = false;
        boolean strange = false;
        StringBuilder text = new StringBuilder();
        for (JsonNode step : steps) {
            String type = file.string(step, "type");
            text.append(text.isEmpty() ? "" : ", ").append(type);
            switch (type) {
                case "Split" -> {
                    String regex = step.path("pattern").path("Regex").asString("");
                    text.append(" ").append(regex);
                    boolean isolated = step.path("behavior").asString("").equals("Isolated");
                    strange |= known != null || !isolated || file.flag(step, "invert", false);
                    known = PreTokenizer.byRegex(regex).orElse(null);
                    strange |= known == null;
                }
                case "ByteLevel" -> {
                    byteLevel = true;
                    if (file.flag(step, "add_prefix_space", true)) {
                        throw file.fault("the pre-tokenizer puts a space before every text (add_prefix_space), which is"
                                + " not supported");
                    }
                    if (file.flag(step, "use_regex", true)) {
                        strange |= known != null;
                        known = PreTokenizer.GPT2;
                    }
                }
                default -> strange = true;
            }
        }
        if (!byteLevel) {
            throw file.fault("the pre-tokenizer has no ByteLevel step: only byte-level BPE is supported");
        }
        return new PreTokenizerJson(strange ? null : known, text.toString());
    }

    private static void flatten(JsonFile file, @Nullable JsonNode node, List<JsonNode> steps) {
        if (node == null) {
            return;
        }
        if (!file.string(node, "type").equals("Sequence")) {
            steps.add(node);
            return;
        }
        for (JsonNode step : file.array(node, "pretokenizers")) {
            flatten(file, step, steps);
        }
    }
}
