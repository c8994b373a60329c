package dev.lutra.tools.command;

import dev.lutra.gguf.metadata.GgufMetadata;
import dev.lutra.gguf.model.KnownModel;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.gguf.model.ModelSize;
import dev.lutra.gguf.write.SplitLimits;
import dev.lutra.quant.mix.TypeOverrides;
import dev.lutra.quant.tile.TileTable;
import dev.lutra.tools.convert.ConversionPlan;
import dev.lutra.tools.convert.ConversionRequest;
import dev.lutra.tools.convert.ModelSource;
import dev.lutra.tools.convert.SourceTensor;
import dev.lutra.tools.convert.TargetFormat;
import dev.lutra.tools.convert.TensorReport;
import dev.lutra.tools.dummy.RandomModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a known model takes in memory.
 *
 * @param weights bytes of all tensors by format, planned as the converter plans them
 * @param cache bytes of keys and values in float16 by context, in tokens
 */
record ModelMemory(Map<String, Long> weights, Map<Integer, Long> cache) {
    static final List<String> FORMATS = List.of("tl2", "i2_s", "q4_k_m", "q8_0", "f16");
    static final int COMMON_CONTEXT = 4096;

    /** The model's shape as a conversion's input; of its metadata, nothing. */
    private record Shape(RandomModel model) implements ModelSource {
        @Override
        public ModelConfig config() {
            return model.config();
        }

        @Override
        public GgufMetadata metadata() {
            return GgufMetadata.builder().build();
        }

        @Override
        public List<SourceTensor> tensors() {
            return model.tensors();
        }

        @Override
        public String identity() {
            return model.identity();
        }

        @Override
        public void close() {}
    }

    static ModelMemory of(KnownModel known) {
        ModelConfig config = known.config();
        Map<String, Long> weights = new LinkedHashMap<>();
        try (Shape shape = new Shape(new RandomModel(known.name(), config, 0, false))) {
            for (String format : FORMATS) weights.put(format, planned(shape, format));
        }
        Map<Integer, Long> cache = new LinkedHashMap<>();
        for (int context : new int[] {COMMON_CONTEXT, config.context()})
            cache.put(context, ModelSize.cacheBytes(config, context, Short.BYTES));
        return new ModelMemory(weights, cache);
    }

    private static long planned(ModelSource shape, String format) {
        ConversionRequest request = new ConversionRequest(
                TargetFormat.byName(format),
                new TypeOverrides(null, null, List.of(), false),
                new TileTable(),
                SplitLimits.NONE,
                false);
        return ConversionPlan.of(shape, request, false).preview().stream()
                .mapToLong(TensorReport::bytes)
                .sum();
    }
}
