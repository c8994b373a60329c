package dev.lutra.quant.mix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.gguf.type.TensorType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every tensor of every model gets the type that llama.cpp's own quantizer gave it. */
class ReferenceTypesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "qwen2.5-0.5b",
                "qwen2.5-1.5b",
                "qwen2.5-3b",
                "qwen2.5-7b",
                "qwen2.5-14b",
                "qwen2.5-32b",
                "qwen2.5-72b",
                "qwen3-0.6b",
                "qwen1.5-moe-a2.7b",
                "qwen2moe-8-experts",
                "bitnet-2b-4t",
                "narrow"
            })
    void typesAreThoseOfLlamaCpp(String model) {
        ReferenceTypes reference = ReferenceTypes.read(model);
        for (ReferenceTypes.Case expected : reference.cases()) {
            TypeMix mix =
                    new TypeMix(expected.fileType(), reference.facts(), expected.overrides(), expected.importance());
            if (expected.refused()) {
                assertThrows(IllegalArgumentException.class, () -> mix.choose(reference.tensors()), expected.title());
                continue;
            }
            assertEquals(expected.fileTypeNumber(), expected.fileType().number(), expected.title());
            List<TypeChoice> choices = mix.choose(reference.tensors());
            assertEquals(expected.types(), labels(choices), expected.title());
            long fallbacks = choices.stream()
                    .filter(choice -> choice.fallback().isPresent())
                    .count();
            assertEquals(expected.fallbacks(), fallbacks, expected.title());
        }
    }

    private static Map<String, String> labels(List<TypeChoice> choices) {
        Map<String, String> labels = new HashMap<>();
        for (TypeChoice choice : choices)
            choice.type()
                    .map(TensorType::label)
                    .ifPresent(label -> labels.put(choice.tensor().name(), label));
        return labels;
    }
}
