package dev.lutra.quant.mix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TypeMixTest {
    private static final ModelFacts TINY = new ModelFacts("qwen2", 2, 14, 2, 0);

    private static TypeChoice choose(FileType fileType, TypeOverrides overrides, String name, long... dimensions) {
        TensorShape tensor =
                new TensorShape(name, Arrays.stream(dimensions).boxed().toList());
        return new TypeMix(fileType, TINY, overrides, false)
                .choose(List.of(tensor))
                .getFirst();
    }

    private static TypeOverrides byName(String... rules) {
        return new TypeOverrides(
                null,
                null,
                Arrays.stream(rules).map(TypeOverrides.ByName::parse).toList(),
                false);
    }

    @Test
    void aFallbackTellsWhatHappened() {
        TypeChoice choice = choose(FileType.Q4_K_M, TypeOverrides.NONE, "blk.0.attn_q.weight", 896, 896);
        assertEquals(Optional.of(GgmlType.Q5_0), choice.type());
        assertEquals(
                "blk.0.attn_q.weight: rows of 896 are not a multiple of q4_K's block of 256, using q5_0",
                choice.fallback().orElseThrow().describe());
    }

    @Test
    void vectorsKeepTheirType() {
        assertTrue(choose(FileType.Q4_0, TypeOverrides.NONE, "blk.0.attn_q.bias", 896)
                .type()
                .isEmpty());
        assertTrue(choose(FileType.Q4_0, TypeOverrides.NONE, "blk.0.attn_norm.weight", 896)
                .type()
                .isEmpty());
        assertTrue(choose(FileType.Q4_0, TypeOverrides.NONE, "blk.0.ffn_gate_inp.weight", 896, 60)
                .type()
                .isEmpty());
    }

    @Test
    void theFirstPatternThatMatchesCounts() {
        TypeOverrides overrides = byName("blk\\.1\\.=q8_0", "ffn_down=tl2x2");
        assertEquals(
                Optional.of(GgmlType.Q8_0),
                choose(FileType.Q4_0, overrides, "blk.1.ffn_down.weight", 256, 64)
                        .type());
        Optional<TensorType> digits = choose(FileType.Q4_0, overrides, "blk.11.ffn_down.weight", 33, 64)
                .type();
        assertEquals(Optional.of(new DigitType(2, DigitType.DEFAULT_GROUP)), digits);
    }

    @Test
    void patternsCountInFilesOfFloatsToo() {
        assertEquals(
                Optional.of(GgmlType.Q8_0),
                choose(FileType.F16, byName("ffn_down=q8_0"), "blk.0.ffn_down.weight", 256, 64)
                        .type());
    }

    @Test
    void aWishThatDoesNotFitFallsBack() {
        TypeOverrides overrides = new TypeOverrides(GgmlType.Q6_K, null, List.of(), false);
        TypeChoice choice = choose(FileType.Q4_0, overrides, "token_embd.weight", 896, 64);
        assertEquals(Optional.of(GgmlType.Q8_0), choice.type());
        assertTrue(choice.fallback().isPresent());
    }

    @Test
    void rowsThatNothingFitsAreRefusedByName() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> choose(FileType.Q1_0, TypeOverrides.NONE, "blk.0.attn_q.weight", 100, 2));
        assertTrue(e.getMessage().contains("blk.0.attn_q.weight"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffn_down", "=q8_0", "ffn_down=q9_9", "ffn_(=q8_0"})
    void malformedPatternsAreRefused(String rule) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> TypeOverrides.ByName.parse(rule));
        assertTrue(e.getMessage().contains(rule), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource(FileType.class)
    void everyMixtureIsFoundByItsLabel(FileType fileType) {
        assertEquals(Optional.of(fileType), FileType.byName(fileType.label()));
    }

    @Test
    void aliasesNameTheMediumMixtures() {
        assertEquals(Optional.of(FileType.Q4_K_M), FileType.byName("Q4_K"));
        assertEquals(Optional.empty(), FileType.byName("q4_k_x"));
    }
}
