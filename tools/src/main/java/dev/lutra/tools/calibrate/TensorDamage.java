package dev.lutra.tools.calibrate;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.calibrate.PlainRounding;
import dev.lutra.tools.report.Progress;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What two digits do to the model when only one projection is written with them.
 *
 * @param name of the tensor
 * @param columns inputs
 * @param rows outputs
 * @param divergence mean KL divergence from the full-precision model, in nats per token
 */
public record TensorDamage(String name, int columns, int rows, double divergence) {
    long weights() {
        return (long) columns * rows;
    }

    /**
     * Measures every projection. Layers below the changed one are not run again: their outputs are kept for all layers.
     *
     * @param tensors of the model
     * @param texts a few of those that the model is calibrated on
     * @param progress advances once per layer
     */
    static List<TensorDamage> measure(ModelTensors tensors, LayerMath math, Texts texts, int group, Progress progress) {
        ModelConfig config = tensors.config();
        DigitType type = new DigitType(2, group);
        List<TensorDamage> damages = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            Matrix head = tensors.matrix(config.tied() ? "token_embd.weight" : "output.weight", arena);
            StateDivergence divergence = new StateDivergence(math, tensors.vector("output_norm.weight"), head);
            List<FloatMatrix> states = new ArrayList<>();
            states.add(Streams.embed(tensors, texts, arena).full());
            for (int layer = 0; layer < config.layers(); layer++) {
                FloatMatrix next = copy(states.getLast(), arena);
                pass(tensors, math, texts, layer, next);
                states.add(next);
            }
            for (int layer = 0; layer < config.layers(); layer++) {
                for (Place place : Place.values()) {
                    try (Arena work = Arena.ofShared()) {
                        LayerWeights weights = LayerWeights.load(tensors, layer, work);
                        Matrix matrix = weights.matrix(place);
                        float[] powers = new float[matrix.columns()];
                        Arrays.fill(powers, 1);
                        PlainRounding.round(matrix, powers, type);
                        FloatMatrix changed = copy(states.get(layer), work);
                        math.pass(weights, changed, texts);
                        for (int above = layer + 1; above < config.layers(); above++)
                            pass(tensors, math, texts, above, changed);
                        damages.add(new TensorDamage(
                                place.weight(layer),
                                matrix.columns(),
                                matrix.rows(),
                                Math.max(0, divergence.mean(states.getLast(), changed, texts))));
                    }
                }
                progress.advance(1);
            }
        }
        return damages;
    }

    private static FloatMatrix copy(FloatMatrix source, Arena arena) {
        FloatMatrix copy = FloatMatrix.allocate(arena, source.rows(), source.columns());
        LayerMath.view(copy).copyFrom(LayerMath.view(source));
        return copy;
    }

    private static void pass(ModelTensors tensors, LayerMath math, Texts texts, int layer, FloatMatrix states) {
        try (Arena arena = Arena.ofShared()) {
            math.pass(LayerWeights.load(tensors, layer, arena), states, texts);
        }
    }
}
