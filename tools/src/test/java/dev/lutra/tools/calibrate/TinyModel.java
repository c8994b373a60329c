package dev.lutra.tools.calibrate;

import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.model.Architecture;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.names.TensorKind;
import dev.lutra.gguf.type.TensorType;
import dev.lutra.quant.ternary.TernarySource;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** A Qwen2 model of random weights with shared key heads, biases and, if wanted, outlier channels. */
final class TinyModel implements ModelSource {
    static final ModelConfig CONFIG =
            new ModelConfig(Architecture.QWEN2, 64, 96, 3, 4, 2, 16, 50, true, 10000, null, 1e-6f, 64, null);

    private final Map<String, SourceTensor> tensors = new LinkedHashMap<>();
    private final Random random;

    TinyModel(long seed) {
        random = new Random(seed);
        int hidden = CONFIG.hidden(), wide = CONFIG.feedForward(), key = CONFIG.keyWidth();
        matrix("token_embd.weight", CONFIG.vocabulary(), hidden, 1);
        vector("output_norm.weight", hidden, 1);
        for (int layer = 0; layer < CONFIG.layers(); layer++) {
            String prefix = "blk." + layer + ".";
            vector(prefix + "attn_norm.weight", hidden, 1);
            vector(prefix + "ffn_norm.weight", hidden, 1);
            for (Place place : Place.values()) {
                int rows = switch (place) {
                    case KEY, VALUE -> key;
                    case GATE, UP -> wide;
                    default -> hidden;
                };
                int columns = place == Place.DOWN ? wide : hidden;
                matrix(place.weight(layer), rows, columns, 1.5 / Math.sqrt(columns));
                if (place == Place.QUERY || place == Place.KEY || place == Place.VALUE)
                    vector(place.bias(layer), rows, .1);
            }
        }
    }

    /** Makes one channel of every norm {@code factor} times as large, and the weights that read it as much smaller. */
    TinyModel withOutliers(float factor) {
        for (int layer = 0; layer < CONFIG.layers(); layer++) {
            float[] attention = values("blk." + layer + ".attn_norm.weight");
            float[] feedForward = values("blk." + layer + ".ffn_norm.weight");
            attention[7] *= factor;
            feedForward[9] *= factor;
            for (Place place : List.of(Place.QUERY, Place.KEY, Place.VALUE)) shrink(place.weight(layer), 7, factor);
            for (Place place : List.of(Place.GATE, Place.UP)) shrink(place.weight(layer), 9, factor);
        }
        return this;
    }

    private void shrink(String name, int column, float factor) {
        float[] values = values(name);
        for (int i = column; i < values.length; i += CONFIG.hidden()) values[i] /= factor;
    }

    private float[] values(String name) {
        return ((FloatTensor) tensors.get(name)).values();
    }

    private void vector(String name, int length, double scale) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float) (scale * (1 + .3 * random.nextGaussian()));
        tensors.put(name, new FloatTensor(name, List.of((long) length), values));
    }

    private void matrix(String name, int rows, int columns, double scale) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) values[i] = (float) (scale * random.nextGaussian());
        tensors.put(name, new FloatTensor(name, List.of((long) columns, (long) rows), values));
    }

    /** Texts whose tokens are not all equally frequent. */
    static int[] tokens(int count, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .map(i -> (int) (CONFIG.vocabulary() * Math.pow(random.nextDouble(), 2)))
                .toArray();
    }

    @Override
    public ModelConfig config() {
        return CONFIG;
    }

    @Override
    public GgufMetadata metadata() {
        return GgufMetadata.builder().build();
    }

    @Override
    public List<SourceTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    @Override
    public String identity() {
        return "tiny";
    }

    @Override
    public void close() {}

    private record FloatTensor(String name, List<Long> dimensions, float[] values) implements SourceTensor {
        @Override
        public TensorKind kind() {
            return dimensions.size() > 1 ? TensorKind.PROJECTION : TensorKind.NORM;
        }

        @Override
        public void readRows(int from, int count, float[] into) {
            System.arraycopy(values, from * columns(), into, 0, count * columns());
        }

        @Override
        public Optional<TernarySource> ternary() {
            return Optional.empty();
        }

        @Override
        public Optional<MemorySegment> bytesOf(TensorType wanted) {
            return Optional.empty();
        }

        @Override
        public long storedBytes() {
            return 4L * values.length;
        }
    }
}
