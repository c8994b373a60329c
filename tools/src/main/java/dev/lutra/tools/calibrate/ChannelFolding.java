package dev.lutra.tools.calibrate;

import static dev.lutra.tools.calibrate.LayerMath.view;

import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.type.DigitType;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Moves channel scales out of activations without changing what the layer computes: into the norms before query, key, value
 * and gate, up; into the rows of the value projection, which the output projection reads weighted by attention; into the rows
 * of the up projection, which the down projection reads multiplied by the gate.
 */
final class ChannelFolding {
    /** Texts that are looked at. */
    private static final int TEXTS = 8;

    private final LayerMath math;
    private final ModelConfig config;
    private final Texts texts;
    private final CalibrationOptions options;

    ChannelFolding(LayerMath math, ModelConfig config, Texts texts, CalibrationOptions options) {
        this.math = math;
        this.config = config;
        this.texts = texts.first(TEXTS);
        this.options = options;
    }

    /**
     * Changes norms, biases and matrices of {@code weights}.
     *
     * @param stream hidden states before the layer
     * @return strengths chosen for the four sites, in the order of the layer
     */
    List<Double> fold(int layer, LayerWeights weights, FloatMatrix stream) {
        List<Double> strengths = new ArrayList<>();
        int tokens = texts.tokens().length;
        try (Arena arena = Arena.ofShared()) {
            FloatMatrix x = FloatMatrix.allocate(arena, tokens, config.hidden());
            FloatMatrix residual = FloatMatrix.allocate(arena, tokens, config.hidden());
            view(residual).copyFrom(view(stream.rows(0, tokens)));

            math.normalize(residual, weights.attentionNorm(), x);
            strengths.add(
                    foldNorm(layer, weights, weights.attentionNorm(), x, List.of(Place.QUERY, Place.KEY, Place.VALUE)));
            math.normalize(residual, weights.attentionNorm(), x);
            FloatMatrix attended = FloatMatrix.allocate(arena, tokens, config.queryWidth());
            math.attend(weights, x, texts.length(), attended);
            math.addProjection(weights, Place.OUTPUT, attended, residual);
            int shared = config.heads() / config.kvHeads(), headDim = config.headDim();
            int[] valueRow = IntStream.range(0, config.queryWidth())
                    .map(c -> c / headDim / shared * headDim + c % headDim)
                    .toArray();
            strengths.add(foldRows(layer, weights, Place.VALUE, Place.OUTPUT, attended, valueRow));

            math.normalize(residual, weights.feedForwardNorm(), x);
            strengths.add(foldNorm(layer, weights, weights.feedForwardNorm(), x, List.of(Place.GATE, Place.UP)));
            math.normalize(residual, weights.feedForwardNorm(), x);
            FloatMatrix product = FloatMatrix.allocate(arena, tokens, config.feedForward());
            math.product(weights, x, product);
            strengths.add(foldRows(layer, weights, Place.UP, Place.DOWN, product, identity(config.feedForward())));
        }
        return strengths;
    }

    private double foldNorm(int layer, LayerWeights weights, float[] norm, FloatMatrix inputs, List<Place> places) {
        List<Matrix> matrices = places.stream().map(weights::matrix).toList();
        ChannelScales.Choice choice = choose(layer, places.getFirst(), inputs, matrices, identity(norm.length));
        if (choice.strength() == 0) return 0;
        for (int c = 0; c < norm.length; c++) norm[c] /= choice.factors()[c];
        for (Matrix matrix : matrices) multiplyColumns(matrix, choice.factors());
        return choice.strength();
    }

    /** @param row for each input of {@code after}, the row of {@code before} that it comes from */
    private double foldRows(int layer, LayerWeights weights, Place before, Place after, FloatMatrix inputs, int[] row) {
        Matrix source = weights.matrix(before), reader = weights.matrix(after);
        ChannelScales.Choice choice = choose(layer, after, inputs, List.of(reader), row);
        if (choice.strength() == 0) return 0;
        float[] byRow = new float[source.rows()];
        for (int c = 0; c < row.length; c++) byRow[row[c]] = choice.factors()[c];
        float[] bias = weights.biases().get(before);
        for (int r = 0; r < source.rows(); r++) {
            float[] values = source.row(r);
            for (int c = 0; c < values.length; c++) values[c] /= byRow[r];
            source.write(r, 0, values.length, values, 0);
            if (bias != null) bias[r] /= byRow[r];
        }
        multiplyColumns(reader, choice.factors());
        return choice.strength();
    }

    private ChannelScales.Choice choose(int layer, Place place, FloatMatrix inputs, List<Matrix> matrices, int[] tied) {
        TensorType type = options.types().apply(place.weight(layer));
        return ChannelScales.choose(
                view(inputs), matrices, tied, type instanceof DigitType digits ? digits : new DigitType(3, 64));
    }

    private static int[] identity(int length) {
        return IntStream.range(0, length).toArray();
    }

    private static void multiplyColumns(Matrix matrix, float[] factors) {
        for (int r = 0; r < matrix.rows(); r++) {
            float[] values = matrix.row(r);
            for (int c = 0; c < values.length; c++) values[c] *= factors[c];
            matrix.write(r, 0, values.length, values, 0);
        }
    }
}
