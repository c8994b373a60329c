package dev.lutra.tools.calibrate;

import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one layer in float32.
 *
 * @param attentionNorm [hidden]
 * @param feedForwardNorm [hidden]
 * @param queryNorm [headDim], null in families without it
 * @param keyNorm [headDim], null in families without it
 * @param matrices [outputs][inputs]
 * @param biases [outputs], of the projections that have one
 */
record LayerWeights(
        float[] attentionNorm,
        float[] feedForwardNorm,
        float @Nullable [] queryNorm,
        float @Nullable [] keyNorm,
        Map<Place, Matrix> matrices,
        Map<Place, float[]> biases) {

    static LayerWeights load(ModelTensors tensors, int layer, Arena arena) {
        String prefix = "blk." + layer + ".";
        Map<Place, Matrix> matrices = new EnumMap<>(Place.class);
        Map<Place, float[]> biases = new EnumMap<>(Place.class);
        for (Place place : Place.values()) {
            matrices.put(place, tensors.matrix(place.weight(layer), arena));
            tensors.findVector(place.bias(layer)).ifPresent(bias -> biases.put(place, bias));
        }
        return new LayerWeights(
                tensors.vector(prefix + "attn_norm.weight"),
                tensors.vector(prefix + "ffn_norm.weight"),
                tensors.findVector(prefix + "attn_q_norm.weight").orElse(null),
                tensors.findVector(prefix + "attn_k_norm.weight").orElse(null),
                matrices,
                biases);
    }

    Matrix matrix(Place place) {
        Matrix matrix = matrices.get(place);
        if (matrix == null) throw new IllegalStateException("no weights of " + place);
        return matrix;
    }

    /** A layer with the same norms and biases and no matrices yet. */
    LayerWeights withoutMatrices() {
        return new LayerWeights(attentionNorm, feedForwardNorm, queryNorm, keyNorm, new EnumMap<>(Place.class), biases);
    }
}
