package dev.lutra.tools.calibrate;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.RopeTable;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/**
 * A layer's arithmetic on whole texts in float32. Unlike the engine it keeps no cache and multiplies weights that change from
 * one call to the next, so products come from the library that calibration needs anyway.
 */
final class LayerMath {
    private final ModelConfig config;
    private final Kernels kernels;
    private final RopeTable rope;

    LayerMath(ModelConfig config, Kernels kernels, RopeTable rope) {
        this.config = config;
        this.kernels = kernels;
        this.rope = rope;
    }

    /** The library's view of the same memory. */
    static Matrix view(FloatMatrix matrix) {
        return new Matrix(matrix.segment(), matrix.rows(), matrix.columns(), matrix.stride());
    }

    void normalize(FloatMatrix x, float[] weight, FloatMatrix y) {
        kernels.rmsNorm().apply(x, weight, config.rmsNormEps(), y, kernels.team());
    }

    /** {@code y = x Wᵀ}, plus the bias where there is one. */
    void project(LayerWeights weights, Place place, FloatMatrix x, FloatMatrix y) {
        Blas.multiplyTransposed(1, view(x), weights.matrix(place), 0, view(y));
        float[] bias = weights.biases().get(place);
        if (bias != null) kernels.sum().addBias(bias, y, kernels.team());
    }

    /**
     * What enters the output projection.
     *
     * @param x normalized, [texts * length][hidden]
     * @param length tokens of each text
     * @param out [texts * length][heads * headDim]
     */
    void attend(LayerWeights weights, FloatMatrix x, int length, FloatMatrix out) {
        int headDim = config.headDim(), shared = config.heads() / config.kvHeads();
        try (Arena arena = Arena.ofShared()) {
            FloatMatrix q = FloatMatrix.allocate(arena, x.rows(), config.queryWidth());
            FloatMatrix k = FloatMatrix.allocate(arena, x.rows(), config.keyWidth());
            FloatMatrix v = FloatMatrix.allocate(arena, x.rows(), config.keyWidth());
            project(weights, Place.QUERY, x, q);
            project(weights, Place.KEY, x, k);
            project(weights, Place.VALUE, x, v);
            if (weights.queryNorm() != null) normalize(q, weights.queryNorm(), q);
            if (weights.keyNorm() != null) normalize(k, weights.keyNorm(), k);
            int texts = x.rows() / length;
            for (int text = 0; text < texts; text++) {
                kernels.rope().apply(q.rows(text * length, length), headDim, 0, rope, kernels.team());
                kernels.rope().apply(k.rows(text * length, length), headDim, 0, rope, kernels.team());
            }
            IntStream.range(0, texts * config.heads()).parallel().forEach(i -> {
                int first = i / config.heads() * length, head = i % config.heads();
                attendHead(
                        view(q.rows(first, length).columns(head * headDim, headDim)),
                        view(k.rows(first, length).columns(head / shared * headDim, headDim)),
                        view(v.rows(first, length).columns(head / shared * headDim, headDim)),
                        view(out.rows(first, length).columns(head * headDim, headDim)));
            });
        }
    }

    private static void attendHead(Matrix q, Matrix k, Matrix v, Matrix out) {
        int length = q.rows();
        try (Arena arena = Arena.ofConfined()) {
            Matrix scores = Matrix.allocate(arena, length, length);
            Blas.multiplyTransposed((float) (1 / Math.sqrt(q.columns())), q, k, 0, scores);
            float[] row = new float[length];
            for (int t = 0; t < length; t++) {
                scores.read(t, 0, length, row, 0);
                softmax(row, t + 1);
                scores.write(t, 0, length, row, 0);
            }
            Blas.multiply(1, scores, v, 0, out);
        }
    }

    /** Softmax of the first {@code count} values; the rest, which lie in the future, become zero. */
    private static void softmax(float[] values, int count) {
        float largest = values[0];
        for (int i = 1; i < count; i++) largest = Math.max(largest, values[i]);
        float sum = 0;
        for (int i = 0; i < count; i++) sum += values[i] = (float) Math.exp(values[i] - largest);
        for (int i = 0; i < count; i++) values[i] /= sum;
        for (int i = count; i < values.length; i++) values[i] = 0;
    }

    /** What enters the down projection: {@code silu(gate x) * up x}. */
    void product(LayerWeights weights, FloatMatrix x, FloatMatrix out) {
        try (Arena arena = Arena.ofShared()) {
            FloatMatrix up = FloatMatrix.allocate(arena, x.rows(), config.feedForward());
            project(weights, Place.GATE, x, out);
            project(weights, Place.UP, x, up);
            kernels.gate().apply(Gate.Activation.SILU, out, up, out, kernels.team());
        }
    }

    /** {@code residual += x Wᵀ}, plus the bias where there is one. */
    void addProjection(LayerWeights weights, Place place, FloatMatrix x, FloatMatrix residual) {
        Blas.multiplyTransposed(1, view(x), weights.matrix(place), 1, view(residual));
        float[] bias = weights.biases().get(place);
        if (bias != null) kernels.sum().addBias(bias, residual, kernels.team());
    }

    /** Moves hidden states, [texts * length][hidden], through a whole layer. */
    void pass(LayerWeights weights, FloatMatrix states, Texts texts) {
        for (Texts.Batch batch : texts.batches()) {
            FloatMatrix residual = states.rows(batch.from(), batch.count());
            try (Arena arena = Arena.ofShared()) {
                FloatMatrix x = FloatMatrix.allocate(arena, batch.count(), config.hidden());
                FloatMatrix attended = FloatMatrix.allocate(arena, batch.count(), config.queryWidth());
                normalize(residual, weights.attentionNorm(), x);
                attend(weights, x, texts.length(), attended);
                addProjection(weights, Place.OUTPUT, attended, residual);
                FloatMatrix product = FloatMatrix.allocate(arena, batch.count(), config.feedForward());
                normalize(residual, weights.feedForwardNorm(), x);
                product(weights, x, product);
                addProjection(weights, Place.DOWN, product, residual);
            }
        }
    }
}
