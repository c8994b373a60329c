package dev.lutra.tools.calibrate;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.algebra.Blas;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.quant.calibrate.Metric;
import dev.lutra.quant.calibrate.Moments;
import dev.lutra.quant.calibrate.TargetCorrection;
import dev.lutra.tools.report.Progress;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The projections that read the same inputs: gathers what flows through them, then quantizes them together. */
final class SiteQuantizer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final LayerWeights weights;
    private final CalibrationOptions options;
    private final int layer;
    private final Progress progress;
    private final Moments moments;
    /** Sums of products of (original - quantized) and quantized inputs. */
    private @Nullable Matrix cross;

    private final Map<Place, TargetCorrection> corrections = new EnumMap<>(Place.class);

    SiteQuantizer(LayerWeights weights, List<Place> places, int layer, CalibrationOptions options, Progress progress) {
        this.weights = weights;
        this.layer = layer;
        this.progress = progress;
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

    /**
     * Adds the inputs of the original model beside those of the quantized one: the originals' outputs are what is wanted.
     *
     * @param original overwritten
     */
    void addInputs(FloatMatrix original, FloatMatrix inputs) {
        addInputs(inputs);
        int columns = inputs.columns();
        if (cross == null) cross = Matrix.allocate(arena, columns, columns);
        Matrix difference = LayerMath.view(original), present = LayerMath.view(inputs);
        IntStream.range(0, inputs.rows()).parallel().forEach(token -> {
            float[] wanted = difference.row(token), given = present.row(token);
            for (int c = 0; c < columns; c++) wanted[c] -= given[c];
            difference.write(token, 0, columns, wanted, 0);
        });
        Blas.transposedMultiply(1, difference, present, 1, cross);
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
        Matrix products = cross;
        corrections.forEach((place, correction) -> {
            if (products != null) correction.addCross(weights.matrix(place), products);
            else correction.compare(weights.matrix(place), moments);
        });
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
                progress.advance((long) original.rows() * original.columns());
            }
        });
        return results;
    }

    @Override
    public void close() {
        arena.close();
    }
}
