package dev.lutra.engine.evaluation;

import dev.lutra.engine.model.LayerObserver;
import dev.lutra.engine.model.Sequence;
import dev.lutra.engine.model.Transformer;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.attention.CacheType;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.quant.imatrix.ImportanceCollector;
import dev.lutra.quant.imatrix.ImportanceMatrix;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Gathers how strongly a text drives each input column of a model's projections: the statistics of llama.cpp's imatrix tool.
 * Every token of every chunk counts; the output projection is left out, as llama.cpp does by default.
 */
public final class ImportanceRecorder implements LayerObserver {
    private final ModelConfig config;
    private final ImportanceCollector collector = new ImportanceCollector();

    private ImportanceRecorder(ModelConfig config) {
        this.config = config;
    }

    /**
     * Runs the first {@code chunks} chunks of {@code ids}, each alone.
     *
     * @param context tokens of a chunk
     * @param dataset what the file shall say that the text was
     * @param afterChunk is told the number of finished chunks
     * @throws IllegalArgumentException when the text is shorter than that, or activations are not finite
     */
    public static ImportanceMatrix record(
            Transformer transformer, int[] ids, int context, int chunks, String dataset, IntConsumer afterChunk) {
        if (chunks < 1 || (long) chunks * context > ids.length)
            throw new IllegalArgumentException(ids.length + " tokens do not fill " + Math.max(chunks, 1) + " chunks of "
                    + context + "; give more text or a smaller -c");
        ImportanceRecorder recorder = new ImportanceRecorder(transformer.config());
        transformer.observe(recorder);
        try (Sequence sequence = transformer.newSequence(CacheType.F32, context)) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                sequence.truncate(0);
                transformer.forward(ids, chunk * context, context, sequence);
                afterChunk.accept(chunk + 1);
            }
        } finally {
            transformer.observe(null);
        }
        return recorder.collector.toMatrix(List.of(dataset), chunks, context);
    }

    @Override
    public void observe(int layer, Site site, FloatMatrix x) {
        List<String> readers = config.experts() == null ? dense(site) : besideExperts(site);
        for (String reader : readers) {
            String tensor = "blk." + layer + "." + reader + ".weight";
            float[] row = new float[x.columns()];
            for (int token = 0; token < x.rows(); token++) {
                x.copyRow(token, row, 0);
                collector.add(tensor, row, 0, row.length);
            }
        }
    }

    @Override
    public void observeExpert(int layer, Site site, int expert, int experts, FloatMatrix x) {
        List<String> readers =
                site == Site.FEED_FORWARD_INPUT ? List.of("ffn_gate_exps", "ffn_up_exps") : List.of("ffn_down_exps");
        for (String reader : readers) {
            String tensor = "blk." + layer + "." + reader + ".weight";
            float[] row = new float[x.columns()];
            for (int token = 0; token < x.rows(); token++) {
                x.copyRow(token, row, 0);
                collector.add(tensor, expert, experts, row, 0, row.length);
            }
        }
    }

    private static List<String> dense(Site site) {
        return switch (site) {
            case ATTENTION_INPUT -> List.of("attn_q", "attn_k", "attn_v");
            case ATTENTION_OUTPUT -> List.of("attn_output");
            case FEED_FORWARD_INPUT -> List.of("ffn_gate", "ffn_up");
            case FEED_FORWARD_PRODUCT -> List.of("ffn_down");
        };
    }

    private List<String> besideExperts(Site site) {
        boolean shared = config.experts() != null && config.experts().sharedFeedForward() > 0;
        return switch (site) {
            case FEED_FORWARD_INPUT ->
                shared
                        ? List.of("ffn_gate_inp", "ffn_gate_inp_shexp", "ffn_gate_shexp", "ffn_up_shexp")
                        : List.of("ffn_gate_inp");
            case FEED_FORWARD_PRODUCT -> List.of("ffn_down_shexp");
            default -> dense(site);
        };
    }
}
