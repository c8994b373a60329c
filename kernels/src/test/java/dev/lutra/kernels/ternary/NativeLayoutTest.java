package dev.lutra.kernels.ternary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.KnownModel.Shape;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.ModelRegistry;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.GgmlType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.kernels.ffi.InstructionSet;
import dev.lutra.kernels.ffi.NativeLibrary;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The layout that is taken untuned, and what it holds in memory. */
class NativeLayoutTest {
    /** Private memory to the file's bytes. */
    private static final double MOST = 1.15;

    @BeforeEach
    void needsTheLibrary() {
        assumeTrue(NativeLibrary.get().isAvailable(), "no native library in this build");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void oneAndTwoDigitsAreMultipliedAndThreeLookedUp(int digits) {
        for (InstructionSet isa : InstructionSet.built()) {
            isa.use();
            try {
                List<NativeLayout> fast = NativeLayout.fast(digits);
                List<NativeLayout> order = digits < 3
                        ? List.of(NativeLayout.CODES, NativeLayout.QUINT, NativeLayout.FIVE)
                        : List.of(NativeLayout.QUINT, NativeLayout.FIVE, NativeLayout.CODES);
                NativeLayout expected =
                        order.stream().filter(fast::contains).findFirst().orElse(NativeLayout.CODES);
                assertEquals(expected, NativeLayout.preferred(digits), isa + ", " + fast);
            } finally {
                InstructionSet.useBest();
            }
        }
    }

    static Stream<Arguments> models() {
        return ModelRegistry.bundled().models().stream()
                .filter(model -> model.config().experts() == null)
                .flatMap(model -> Stream.of(Arguments.of(model, 2), Arguments.of(model, 3)));
    }

    /** The embedding and the head count as they do in the smallest files, as Q4_0; they are mapped, and hold nothing. */
    @ParameterizedTest
    @MethodSource("models")
    void layersHoldLittleMoreThanTheFile(KnownModel model, int digits) {
        ModelConfig config = model.config();
        long tables = GgmlType.Q4_0
                .byteSize(config.hidden(), config.vocabulary() * (config.tied() ? 1L : 2L))
                .orElseThrow();
        long file = tables + layers(config, new DigitType(digits, DigitType.DEFAULT_GROUP));
        long held = layers(config, NativeLayout.preferred(digits).tensorType(digits, DigitType.DEFAULT_GROUP));
        assertTrue(held <= MOST * file, model.name() + ": " + held + " bytes are held of a file of " + file + " bytes");
    }

    /** All projections of all layers; of one layer, query, output, key, value, gate, up and down. */
    private static long layers(ModelConfig config, TensorType type) {
        int hidden = config.hidden(), query = config.queryWidth(), key = config.keyWidth(), wide = config.feedForward();
        return config.layers()
                * Stream.of(
                                new Shape(query, hidden),
                                new Shape(hidden, query),
                                new Shape(key, hidden),
                                new Shape(key, hidden),
                                new Shape(wide, hidden),
                                new Shape(wide, hidden),
                                new Shape(hidden, wide))
                        .mapToLong(shape -> type.byteSize(shape.k(), shape.m()).orElseThrow())
                        .sum();
    }
}
