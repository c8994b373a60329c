package dev.lutra.gguf.names;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.ModelRegistry;
import dev.lutra.gguf.model.ModelSize;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TensorNamesTest {
    static List<KnownModel> models() {
        return ModelRegistry.bundled().models();
    }

    @ParameterizedTest
    @CsvSource({
        "QWEN2, model.layers.11.self_attn.q_proj.bias, blk.11.attn_q.bias",
        "QWEN2, model.layers.0.mlp.down_proj.weight, blk.0.ffn_down.weight",
        "QWEN2, lm_head.weight, output.weight",
        "QWEN3, model.layers.3.self_attn.k_norm.weight, blk.3.attn_k_norm.weight",
        "QWEN2MOE, model.layers.1.mlp.experts.59.up_proj.weight, blk.1.ffn_up_exps.weight",
        "QWEN2MOE, model.layers.1.mlp.shared_expert_gate.weight, blk.1.ffn_gate_inp_shexp.weight",
        "BITNET, model.layers.2.self_attn.inner_attn_ln.weight, blk.2.attn_sub_norm.weight"
    })
    void checkpointNamesBecomeGgufNames(Architecture family, String hf, String gguf) {
        assertEquals(Optional.of(gguf), TensorNames.of(family).toGguf(hf));
    }

    @Test
    void namesOfOtherFamiliesAreUnknown() {
        assertEquals(
                Optional.empty(), TensorNames.of(Architecture.QWEN2).toGguf("model.layers.0.self_attn.q_norm.weight"));
        assertEquals(Optional.empty(), TensorNames.of(Architecture.QWEN2).toGguf("model.layers.x.mlp.up_proj.weight"));
        assertEquals(Optional.empty(), TensorNames.of(Architecture.QWEN2).toHf("blk.0.ffn_gate_exps.weight"));
    }

    /** Every expected tensor maps there and back, and together they hold as many weights as the dimensions imply. */
    @ParameterizedTest
    @MethodSource("models")
    void expectedTensorsAreWholeAndReversible(KnownModel model) {
        TensorNames names = TensorNames.of(model.config().architecture());
        long elements = 0;
        for (ExpectedTensor tensor : TensorNames.expected(model.config())) {
            elements += tensor.elements();
            for (int part = 0; part < tensor.sources().size(); part++) {
                for (String hf : tensor.sources().get(part)) assertEquals(Optional.of(tensor.name()), names.toGguf(hf));
                String first = tensor.sources().get(part).getFirst();
                assertEquals(
                        Optional.of(first),
                        names.toHf(tensor.name())
                                .map(hf -> hf.replace("{e}", first.replaceAll(".*experts\\.(\\d+).*", "$1"))));
            }
        }
        assertEquals(ModelSize.of(model.config()).parameters(), elements);
    }

    @Test
    void expertsBecomeOneThreeDimensionalTensor() {
        ExpectedTensor gates =
                TensorNames.expected(ModelRegistry.bundled()
                                .require("Qwen1.5-MoE-A2.7B")
                                .config())
                        .stream()
                        .filter(tensor -> tensor.name().equals("blk.0.ffn_gate_exps.weight"))
                        .findFirst()
                        .orElseThrow();
        assertArrayEquals(new long[] {2048, 1408, 60}, gates.dimensions());
    }

    @Test
    void onlyUntiedModelsHaveAnOutputProjection() {
        assertFalse(hasOutput("0.5B"));
        assertTrue(hasOutput("7B"));
    }

    private static boolean hasOutput(String size) {
        return TensorNames.expected(ModelRegistry.bundled().require(size).config()).stream()
                .anyMatch(tensor -> tensor.kind() == TensorKind.OUTPUT);
    }
}
