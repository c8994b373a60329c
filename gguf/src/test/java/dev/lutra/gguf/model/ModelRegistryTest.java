package dev.lutra.gguf.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelRegistryTest {
    private final ModelRegistry registry = ModelRegistry.bundled();

    /** The published figures of torchtune's qwen2_5 builders; projection weights in billions. */
    @ParameterizedTest
    @CsvSource({
        "0.5B, 896, 4864, 24, 14, 2, 64, 151936, true, 0.358",
        "1.5B, 1536, 8960, 28, 12, 2, 128, 151936, true, 1.310",
        "3B, 2048, 11008, 36, 16, 2, 128, 151936, true, 2.775",
        "7B, 3584, 18944, 28, 28, 4, 128, 152064, false, 6.525",
        "14B, 5120, 13824, 48, 40, 8, 128, 152064, false, 13.212",
        "32B, 5120, 27648, 64, 40, 8, 128, 152064, false, 31.206",
        "72B, 8192, 29568, 80, 64, 8, 128, 152064, false, 70.213"
    })
    void qwen25(
            String size,
            int hidden,
            int ffn,
            int layers,
            int heads,
            int kvHeads,
            int headDim,
            int vocabulary,
            boolean tied,
            double billions) {
        ModelConfig config = registry.require(size).config();
        assertEquals(hidden, config.hidden());
        assertEquals(ffn, config.feedForward());
        assertEquals(layers, config.layers());
        assertEquals(heads, config.heads());
        assertEquals(kvHeads, config.kvHeads());
        assertEquals(headDim, config.headDim());
        assertEquals(vocabulary, config.vocabulary());
        assertEquals(tied, config.tied());
        assertEquals(1e6f, config.ropeTheta());
        assertEquals(billions, ModelSize.of(config).projections() / 1e9, 0.0006);
    }

    @Test
    void theHalfBillionModelHasTheParametersThatItsCardSays() {
        assertEquals(
                494_032_768, ModelSize.of(registry.require("0.5b").config()).parameters());
    }

    /** From the config.json files of the checkpoints, as torchtune's builders cite them. */
    @ParameterizedTest
    @CsvSource({
        "0.5B, 32768, 32768, 1e-6, 1e-6",
        "1.5B, 131072, 32768, 1e-6, 1e-6",
        "3B, 32768, 32768, 1e-6, 1e-6",
        "7B, 131072, 32768, 1e-6, 1e-6",
        "14B, 131072, 32768, 1e-5, 1e-6",
        "32B, 131072, 32768, 1e-5, 1e-6",
        "72B, 131072, 32768, 1e-5, 1e-6"
    })
    void instructCheckpointsDifferInContextAndEpsilon(
            String size, int context, int instructContext, float eps, float instructEps) {
        KnownModel base = registry.require("Qwen2.5-" + size);
        KnownModel instruct = registry.require("Qwen/qwen2.5-" + size + "-instruct");
        assertEquals(base, registry.require(size));
        assertEquals(base.name(), instruct.name());
        assertEquals(context, base.config().context());
        assertEquals(instructContext, instruct.config().context());
        assertEquals(eps, base.config().rmsNormEps());
        assertEquals(instructEps, instruct.config().rmsNormEps());
        assertEquals(base.kernelShapes(), instruct.kernelShapes());
    }

    @Test
    void memoryOfWeightsAndCache() {
        ModelConfig config = registry.require("7B").config();
        ModelSize size = ModelSize.of(config);
        // 28 layers, 512 keys and 512 values per token, two bytes each
        assertEquals(28L * 1024 * 32768 * 2, ModelSize.cacheBytes(config, 32768, 2));
        assertEquals(size.parameters() * 2 + size.small() * 2, size.fileBytes(16, 16));
        assertEquals(7_615_616_512L, size.parameters());
    }

    @ParameterizedTest
    @CsvSource({"7b", "QWEN2.5-7B", "Qwen/Qwen2.5-7B-Instruct", "qwen2.5-coder-7b", "Qwen2.5-Math-7B-Instruct"})
    void namesInAnyCase(String name) {
        assertEquals("qwen2.5-7B", registry.require(name).name());
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        String message = assertThrows(IllegalArgumentException.class, () -> registry.require("8B"))
                .getMessage();
        assertTrue(message.contains("'8B'") && message.contains("qwen2.5-0.5B"), message);
    }

    @Test
    void kernelShapesOfTheHalfBillionModel() {
        assertEquals(
                List.of(
                        new KnownModel.Shape(896, 896),
                        new KnownModel.Shape(128, 896),
                        new KnownModel.Shape(4864, 896),
                        new KnownModel.Shape(896, 4864)),
                registry.require("0.5B").kernelShapes());
    }

    @Test
    void aHeadMayBeWiderThanItsShareOfTheHiddenState() {
        ModelConfig config = registry.require("qwen3-0.6B").config();
        assertEquals(2048, config.queryWidth());
        assertEquals(1024, config.hidden());
    }
}
