package dev.lutra.tools.calibrate;

import static dev.lutra.tools.calibrate.LayerMath.view;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.tools.report.Progress;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Quantizes one layer, site after site, and moves both streams behind it. */
final class LayerCalibrator {
    private final LayerMath math;
    private final Texts texts;
    private final CalibrationOptions options;
    private final Progress progress;

    /** @param progress advances by the weights of each projection */
    LayerCalibrator(LayerMath math, Texts texts, CalibrationOptions options, Progress progress) {
        this.math = math;
        this.texts = texts;
        this.options = options;
        this.progress = progress;
    }

    /**
     * @param weights of the layer, with channel scales folded in already
     * @param streams before the layer; behind it afterwards
     * @param kept holds the results
     */
    Map<Place, QuantizedTensor> calibrate(int layer, LayerWeights weights, Streams streams, Arena kept) {
        LayerWeights quantized = weights.withoutMatrices();
        Map<Place, QuantizedTensor> results = new EnumMap<>(Place.class);
        int hidden = streams.full().columns();
        try (Arena arena = Arena.ofShared()) {
            FloatMatrix full = FloatMatrix.allocate(arena, texts.batchTokens(), hidden);
            FloatMatrix rounded = FloatMatrix.allocate(arena, texts.batchTokens(), hidden);
            results.putAll(fromNorm(
                    layer,
                    List.of(Place.QUERY, Place.KEY, Place.VALUE),
                    weights,
                    weights.attentionNorm(),
                    quantized,
                    streams,
                    kept));
            results.putAll(output(layer, weights, quantized, streams, full, rounded, kept));
            results.putAll(fromNorm(
                    layer,
                    List.of(Place.GATE, Place.UP),
                    weights,
                    weights.feedForwardNorm(),
                    quantized,
                    streams,
                    kept));
            results.putAll(down(layer, weights, quantized, streams, full, rounded, kept));
        }
        return results;
    }

    /** The projections that read a normalized stream. */
    private Map<Place, QuantizedTensor> fromNorm(
            int layer,
            List<Place> places,
            LayerWeights weights,
            float[] norm,
            LayerWeights quantized,
            Streams streams,
            Arena kept) {
        try (SiteQuantizer site = new SiteQuantizer(weights, places, layer, options, progress);
                Arena arena = Arena.ofShared()) {
            int tokens = texts.batchTokens(), hidden = norm.length;
            FloatMatrix full = FloatMatrix.allocate(arena, tokens, hidden);
            FloatMatrix rounded = FloatMatrix.allocate(arena, tokens, hidden);
            for (Texts.Batch batch : texts.batches()) {
                FloatMatrix x = full.rows(0, batch.count()), inputs = rounded.rows(0, batch.count());
                math.normalize(streams.full().rows(batch.from(), batch.count()), norm, x);
                math.normalize(streams.quantized().rows(batch.from(), batch.count()), norm, inputs);
                site.addInputs(x, inputs);
            }
            return site.quantize(quantized, kept);
        }
    }

    private Map<Place, QuantizedTensor> output(
            int layer,
            LayerWeights weights,
            LayerWeights quantized,
            Streams streams,
            FloatMatrix full,
            FloatMatrix rounded,
            Arena kept) {
        int width = weights.matrix(Place.OUTPUT).columns();
        try (SiteQuantizer site = new SiteQuantizer(weights, List.of(Place.OUTPUT), layer, options, progress);
                Arena arena = Arena.ofShared()) {
            FloatMatrix attended = FloatMatrix.allocate(arena, texts.batchTokens(), width);
            FloatMatrix inputs = FloatMatrix.allocate(arena, texts.tokens().length, width);
            for (Texts.Batch batch : texts.batches()) {
                FloatMatrix x = full.rows(0, batch.count()), out = attended.rows(0, batch.count());
                FloatMatrix stream = streams.full().rows(batch.from(), batch.count());
                math.normalize(stream, weights.attentionNorm(), x);
                math.attend(weights, x, texts.length(), out);
                math.addProjection(weights, Place.OUTPUT, out, stream);

                FloatMatrix given = inputs.rows(batch.from(), batch.count());
                math.normalize(streams.quantized().rows(batch.from(), batch.count()), weights.attentionNorm(), x);
                math.attend(quantized, x, texts.length(), given);
                site.addInputs(given);
                site.addTargets(Place.OUTPUT, missing(streams, batch, rounded), given);
            }
            Map<Place, QuantizedTensor> results = site.quantize(quantized, kept);
            for (Texts.Batch batch : texts.batches())
                math.addProjection(
                        quantized,
                        Place.OUTPUT,
                        inputs.rows(batch.from(), batch.count()),
                        streams.quantized().rows(batch.from(), batch.count()));
            return results;
        }
    }

    private Map<Place, QuantizedTensor> down(
            int layer,
            LayerWeights weights,
            LayerWeights quantized,
            Streams streams,
            FloatMatrix full,
            FloatMatrix rounded,
            Arena kept) {
        int width = weights.matrix(Place.DOWN).columns();
        try (SiteQuantizer site = new SiteQuantizer(weights, List.of(Place.DOWN), layer, options, progress);
                Arena arena = Arena.ofShared()) {
            FloatMatrix products = FloatMatrix.allocate(arena, texts.batchTokens(), width);
            for (Texts.Batch batch : texts.batches()) {
                FloatMatrix x = full.rows(0, batch.count()), product = products.rows(0, batch.count());
                FloatMatrix stream = streams.full().rows(batch.from(), batch.count());
                math.normalize(stream, weights.feedForwardNorm(), x);
                math.product(weights, x, product);
                math.addProjection(weights, Place.DOWN, product, stream);

                math.normalize(streams.quantized().rows(batch.from(), batch.count()), weights.feedForwardNorm(), x);
                math.product(quantized, x, product);
                site.addInputs(product);
                site.addTargets(Place.DOWN, missing(streams, batch, rounded), product);
            }
            Map<Place, QuantizedTensor> results = site.quantize(quantized, kept);
            // All products together would be the largest matrix of all: they are made a second time instead.
            for (Texts.Batch batch : texts.batches()) {
                FloatMatrix x = full.rows(0, batch.count()), product = products.rows(0, batch.count());
                FloatMatrix stream = streams.quantized().rows(batch.from(), batch.count());
                math.normalize(stream, weights.feedForwardNorm(), x);
                math.product(quantized, x, product);
                math.addProjection(quantized, Place.DOWN, product, stream);
            }
            return results;
        }
    }

    /** What the quantized stream lacks to be the full one, which has passed the projection already. */
    private static Matrix missing(Streams streams, Texts.Batch batch, FloatMatrix into) {
        int columns = into.columns();
        Matrix difference = view(into.rows(0, batch.count()));
        Matrix full = view(streams.full().rows(batch.from(), batch.count()));
        Matrix quantized = view(streams.quantized().rows(batch.from(), batch.count()));
        for (int row = 0; row < batch.count(); row++) {
            float[] wanted = full.row(row), given = quantized.row(row);
            for (int c = 0; c < columns; c++) wanted[c] -= given[c];
            difference.write(row, 0, columns, wanted, 0);
        }
        return difference;
    }
}
