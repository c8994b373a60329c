package dev.lutra.tools.calibrate;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.calibrate.Metric;
import dev.lutra.quant.calibrate.Moments;
import dev.lutra.quant.calibrate.TargetCorrection;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The projections that read the same inputs: gathers what flows through them, then quantizes them together. */
final class SiteQuantizer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final LayerWeights weights;
    private final CalibrationOptions options;
    private final int layer;
    private final Moments moments;
    private final Map<Place, TargetCorrection> corrections = new EnumMap<>(Place.class);

    SiteQuantizer(LayerWeights weights, List<Place> places, int layer, CalibrationOptions options) {
        this.weights = weights;
        this.layer = layer;
        this.options = options;
        moments = new Moments(weights.matrix(places.getFirst()).columns(), arena);
        for (Place place : places) {
            Matrix matrix = weights.matrix(place);
            corrections.put(place, new TargetCorrection(matrix.rows(), matrix.columns(), arena));
        }
    }

    /** Adds inputs as the quantized model has them, [tokens][inputs]. */
    void addInputs(FloatMatrix inputs) {
        moments.add(LayerMath.view(inputs));
    }

    /** Adds what {@code place} should give for these inputs, without bias, [tokens][outputs]. */
    void addTargets(Place place, Matrix targets, FloatMatrix inputs) {
        TargetCorrection correction = corrections.get(place);
        if (correction == null) throw new IllegalArgumentException(place + " reads other inputs");
        correction.add(targets, LayerMath.view(inputs));
    }

    /**
     * Quantizes; to be called once.
     *
     * @param into receives the values
     * @param kept holds results
     */
    Map<Place, QuantizedTensor> quantize(LayerWeights into, Arena kept) {
        corrections.forEach((place, correction) -> correction.compare(weights.matrix(place), moments));
        Metric metric = Metric.of(moments, options.damping());
        TensorQuantizer quantizer = new TensorQuantizer(options.passes());
        Map<Place, QuantizedTensor> results = new EnumMap<>(Place.class);
        corrections.forEach((place, correction) -> {
            Matrix original = weights.matrix(place);
            try (Arena work = Arena.ofShared()) {
                Matrix wanted = Matrix.allocate(work, original.rows(), original.columns());
                wanted.copyFrom(original);
                correction.apply(wanted, metric, (float) options.correction());
                QuantizedTensor result =
                        quantizer.quantize(wanted, metric, options.types().apply(place.weight(layer)), kept);
                results.put(place, result);
                into.matrices().put(place, result.values());
            }
        });
        return results;
    }

    @Override
    public void close() {
        arena.close();
    }
}
