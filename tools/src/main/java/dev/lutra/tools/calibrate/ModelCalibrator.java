package dev.lutra.tools.calibrate;

import dev.lutra.engine.model.RopeTables;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.Kernels;
import dev.lutra.quant.RelativeError;
import dev.lutra.quant.algebra.Matrix;
import dev.lutra.tools.cli.CommandFailure;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.report.Progress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Calibrates a whole model into a folder. */
public final class ModelCalibrator {
    private final ModelSource source;
    private final ModelTensors tensors;
    private final Texts texts;
    private final CalibrationOptions options;
    private final Kernels kernels;

    /**
     * @param source a model of plain floats, best those it was trained in
     * @param tokens texts of {@code length} tokens, one after the other; a rest is left out
     * @throws CommandFailure when the model's layers or the tokens do not allow calibration
     */
    public ModelCalibrator(ModelSource source, int[] tokens, int length, CalibrationOptions options, Kernels kernels) {
        this.source = source;
        this.options = options;
        this.kernels = kernels;
        tensors = new ModelTensors(source);
        ModelConfig config = source.config();
        if (length < 2 || tokens.length < length)
            throw new CommandFailure(
                    "calibration needs at least one text of " + length + " tokens, not " + tokens.length + " tokens");
        for (int token : tokens)
            if (token < 0 || token >= config.vocabulary())
                throw new CommandFailure("token " + token + " is not in the vocabulary of " + config.vocabulary()
                        + "; the calibration tokens are another model's");
        texts = new Texts(length, Arrays.copyOf(tokens, tokens.length / length * length));
    }

    /**
     * What two digits do to each projection alone, measured on a few of the texts.
     *
     * @param group columns that share a scale
     * @param most texts that are looked at
     */
    public List<TensorDamage> damages(int group, int most, Progress progress) {
        LayerMath math = new LayerMath(source.config(), kernels, RopeTables.of(source.config(), texts.length()));
        return TensorDamage.measure(tensors, math, texts.first(most), group, progress);
    }

    /** Layers, the unit that {@link #damages} counts its progress in. */
    public int layers() {
        return source.config().layers();
    }

    /** Weights of all projections, the unit that {@link #run} counts its progress in. */
    public long weights() {
        long weights = 0;
        for (int layer = 0; layer < layers(); layer++) weights += weights(layer);
        return weights;
    }

    private long weights(int layer) {
        long weights = 0;
        for (Place place : Place.values()) {
            SourceTensor tensor = tensors.tensor(place.weight(layer));
            weights += (long) tensor.rows() * tensor.columns();
        }
        return weights;
    }

    /**
     * Calibrates the layers that are not in {@code folder} yet.
     *
     * @param log receives a line per layer
     * @return the calibrated model; closing it closes the source
     */
    public ModelSource run(Path folder, Progress progress, Consumer<String> log) throws IOException {
        ModelConfig config = source.config();
        LayerStore store = LayerStore.open(folder, identity());
        int finished = store.finished();
        for (int layer = 0; layer < finished; layer++) progress.skip(weights(layer));
        if (finished < config.layers()) {
            LayerMath math = new LayerMath(config, kernels, RopeTables.of(config, texts.length()));
            try (Arena arena = Arena.ofShared()) {
                Streams streams = streams(finished, store, arena);
                for (int layer = finished; layer < config.layers(); layer++) {
                    log.accept(calibrate(layer, math, streams, store, progress) + progress.timeLeft());
                }
            }
        }
        store.dropStates();
        return CalibratedSource.open(source, store);
    }

    private Streams streams(int finished, LayerStore store, Arena arena) throws IOException {
        Streams streams = Streams.embed(tensors, texts, arena);
        if (finished > 0) store.restore(finished, streams);
        return streams;
    }

    private String calibrate(int layer, LayerMath math, Streams streams, LayerStore store, Progress progress)
            throws IOException {
        ModelConfig config = source.config();
        try (Arena arena = Arena.ofShared()) {
            LayerWeights weights = LayerWeights.load(tensors, layer, arena);
            List<Double> strengths = options.scaleChannels()
                    ? new ChannelFolding(math, config, texts, options).fold(layer, weights, streams.full())
                    : List.of();
            Map<Place, QuantizedTensor> results =
                    new LayerCalibrator(math, texts, options, progress).calibrate(layer, weights, streams, arena);
            Map<String, QuantizedTensor> matrices = new LinkedHashMap<>();
            Map<String, Double> errors = new LinkedHashMap<>();
            results.forEach((place, tensor) -> {
                matrices.put(place.weight(layer), tensor);
                errors.put(place.weight(layer), relativeError(weights.matrix(place), tensor.values()));
            });
            Map<String, float[]> vectors = new LinkedHashMap<>();
            vectors.put("blk." + layer + ".attn_norm.weight", weights.attentionNorm());
            vectors.put("blk." + layer + ".ffn_norm.weight", weights.feedForwardNorm());
            weights.biases().forEach((place, bias) -> vectors.put(place.bias(layer), bias));
            store.save(layer, matrices, errors, vectors, streams);
            return "layer " + layer + ": channel scales " + strengths
                    + ", the stream differs by %.4f".formatted(difference(streams));
        }
    }

    private static double relativeError(Matrix wanted, Matrix found) {
        RelativeError error = new RelativeError();
        for (int row = 0; row < wanted.rows(); row++)
            error.add(wanted.row(row), 0, found.row(row), 0, wanted.columns());
        return error.value();
    }

    /** Relative root of the mean square difference of the two streams. */
    private static double difference(Streams streams) {
        double error = 0, power = 0;
        for (int t = 0; t < streams.full().rows(); t++) {
            float[] full = LayerMath.view(streams.full()).row(t),
                    quantized = LayerMath.view(streams.quantized()).row(t);
            for (int i = 0; i < full.length; i++) {
                error += Math.pow(full[i] - quantized[i], 2);
                power += (double) full[i] * full[i];
            }
        }
        return power > 0 ? Math.sqrt(error / power) : 0;
    }

    private String identity() {
        StringBuilder identity = new StringBuilder(source.identity())
                .append('\n')
                .append(texts.count())
                .append(" texts of ")
                .append(texts.length())
                .append(", hash ")
                .append(Arrays.hashCode(texts.tokens()))
                .append("\ndamping ")
                .append(options.damping())
                .append(", passes ")
                .append(options.passes())
                .append(", correction ")
                .append(options.correction())
                .append(", channel scales ")
                .append(options.scaleChannels())
                .append('\n');
        for (int layer = 0; layer < layers(); layer++)
            for (Place place : Place.values())
                identity.append(options.types().apply(place.weight(layer)).id()).append(' ');
        return identity.toString();
    }
}
