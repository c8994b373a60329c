package dev.lutra.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.engine.text.LanguageModel;
import dev.lutra.engine.text.ModelOptions;
import dev.lutra.kernels.KernelKind;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts that grow together are the texts that grow alone, whatever their lengths. */
class ParallelTextsTest {
    private static final int[][] TEXTS = {{5, 900, 77, 31, 8, 4}, {12, 6, 7}, {1000, 2, 3, 4}};

    @ParameterizedTest
    @CsvSource({"tl2, NATIVE", "tl2x2, VECTOR", "bf16, SCALAR", "q4_k_m, VECTOR"})
    void eachTextGetsItsOwnLogits(String type, KernelKind kind) throws IOException {
        try (LanguageModel model = LanguageModel.open(
                StoryModels.FLOAT.gguf(type), ModelOptions.threads(2).withKernels(kind))) {
            Transformer transformer = model.transformer();
            float[][] alone = new float[TEXTS.length][], together = new float[TEXTS.length][];
            for (int i = 0; i < TEXTS.length; i++) {
                try (Sequence sequence = transformer.newSequence(CacheType.F16, 8)) {
                    FloatMatrix states = transformer.forward(TEXTS[i], 0, TEXTS[i].length, sequence);
                    alone[i] = row(transformer.logits(states), TEXTS[i].length - 1);
                }
            }
            List<Sequence> sequences = List.of(
                    transformer.newSequence(CacheType.F16, 6),
                    transformer.newSequence(CacheType.F16, 3),
                    transformer.newSequence(CacheType.F16, 9));
            int[] last = new int[TEXTS.length];
            for (int i = 0; i < TEXTS.length; i++) {
                int before = TEXTS[i].length - 1;
                transformer.forward(TEXTS[i], 0, before, sequences.get(i));
                last[i] = TEXTS[i][before];
            }
            FloatMatrix logits = transformer.logits(transformer.forwardEach(last, sequences));
            for (int i = 0; i < TEXTS.length; i++) together[i] = row(logits, i);
            for (int i = 0; i < TEXTS.length; i++) assertArrayEquals(alone[i], together[i]);
            assertThrows(IllegalArgumentException.class, () -> transformer.forwardEach(last, sequences));
            sequences.forEach(Sequence::close);
        }
    }

    private static float[] row(FloatMatrix matrix, int row) {
        float[] values = new float[matrix.columns()];
        matrix.copyRow(row, values, 0);
        return values;
    }
}
