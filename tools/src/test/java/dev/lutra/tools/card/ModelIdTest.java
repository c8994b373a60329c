package dev.lutra.tools.card;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Names and sizes against gguf-py. */
class ModelIdTest {
    private static JsonNode vectors() throws IOException {
        try (InputStream in = ModelIdTest.class.getResourceAsStream("model-ids.json")) {
            return JsonMapper.builder().build().readTree(Objects.requireNonNull(in));
        }
    }

    private static @Nullable String text(JsonNode vector, String field) {
        return vector.get(field).asString(null);
    }

    @Test
    void understandsNamesAsGgufPyDoes() throws IOException {
        for (JsonNode vector : vectors().get("ids")) {
            ModelId expected = new ModelId(
                    text(vector, "name"),
                    text(vector, "organization"),
                    text(vector, "basename"),
                    text(vector, "finetune"),
                    text(vector, "version"),
                    text(vector, "size_label"));
            String id = vector.get("id").stringValue();
            long weights = vector.get("weights").longValue();
            assertEquals(expected, ModelId.of(id, weights), id + " of " + weights + " weights");
        }
    }

    @Test
    void writesTitlesAsGgufPyDoes() throws IOException {
        for (Map.Entry<String, JsonNode> title : vectors().get("titles").properties())
            assertEquals(title.getValue().stringValue(), ModelId.title(title.getKey()));
    }

    @ParameterizedTest
    @CsvSource({"Qwen3-26B-A4B, 4000000000, 26B-A4B, ", "Qwen3-26B-A400B, 4000000000, A400B, 26b", "x-3-7B-3, 0, 7B, "})
    void activeWeightsExplainALargerSize(String id, long weights, String size, @Nullable String finetune) {
        ModelId read = ModelId.of(id, weights);
        assertEquals(size, read.sizeLabel());
        assertEquals(finetune, read.finetune());
    }

    @ParameterizedTest
    @CsvSource({
        "999, 1.0K",
        "1500, 1.5K",
        "999999, 1000K",
        "1000000, 1000K",
        "1050000, 1.1M",
        "1150000, 1.1M",
        "5095168, 5.1M",
        "9950000, 10M",
        "105000000, 105M",
        "494032768, 494M",
        "1000000001, 1.0B",
        "1543714304, 1.5B",
        "7615616512, 7.6B",
        "72706203648, 73B"
    })
    void sizeLabelsAreRoundedAsGgufPyDoes(long weights, String label) {
        assertEquals(label, new SizeLabel(weights, 0, 0).text());
        assertEquals("8x" + label, new SizeLabel(0, weights, 8).text());
    }
}
