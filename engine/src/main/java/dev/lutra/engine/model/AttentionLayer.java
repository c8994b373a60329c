package dev.lutra.engine.model;

import dev.lutra.engine.model.LayerObserver.Site;
import dev.lutra.engine.weights.Projection;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.attention.KvCache;
import dev.lutra.kernels.elementwise.RopeTable;
import dev.lutra.kernels.memory.FloatMatrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attention half of a layer: norm, query, key and value, rotation, attention over the cache, output projection.
 *
 * @param norm [hidden]
 * @param queryKeyValue the three projections in this order
 * @param queryNorm [headDim], null in families without it
 * @param keyNorm [headDim], null in families without it
 * @param outputNorm [heads * headDim], before the output projection, null in families without it
 * @param output from heads * headDim to hidden
 */
record AttentionLayer(
        float[] norm,
        Projection queryKeyValue,
        float @Nullable [] queryNorm,
        float @Nullable [] keyNorm,
        float @Nullable [] outputNorm,
        Projection output) {

    /** Adds the sublayer's output to the residual stream of {@code tokens} tokens, which {@code spans} share out. */
    void forward(
            int layer,
            int tokens,
            List<Span> spans,
            RopeTable rope,
            ModelConfig config,
            Workspace space,
            Operations ops,
            @Nullable LayerObserver observer) {
        FloatMatrix residual = space.residual.rows(0, tokens);
        space.normalized.reset(tokens);
        ops.norm().apply(residual, norm, config.rmsNormEps(), space.normalized, ops.team());
        if (observer != null) observer.observe(layer, Site.ATTENTION_INPUT, space.normalized.values());

        FloatMatrix all = space.queryKeyValue.rows(0, tokens);
        queryKeyValue.apply(space.normalized, all);
        int queryWidth = config.queryWidth(), keyWidth = config.keyWidth();
        FloatMatrix query = all.columns(0, queryWidth),
                key = all.columns(queryWidth, keyWidth),
                value = all.columns(queryWidth + keyWidth, keyWidth);
        if (queryNorm != null) ops.norm().apply(query, queryNorm, config.rmsNormEps(), query, ops.team());
        if (keyNorm != null) ops.norm().apply(key, keyNorm, config.rmsNormEps(), key, ops.team());
        FloatMatrix attended = space.attended.reset(tokens);
        float scale = (float) (1 / Math.sqrt(config.headDim()));
        for (Span span : spans) {
            FloatMatrix q = query.rows(span.from(), span.count()), k = key.rows(span.from(), span.count());
            int position = span.position();
            ops.rope().apply(q, config.headDim(), position, rope, ops.team());
            ops.rope().apply(k, config.headDim(), position, rope, ops.team());
            KvCache cache = span.cache(layer);
            cache.store(position, k, value.rows(span.from(), span.count()));
            ops.attention().attend(q, position, cache, scale, attended.rows(span.from(), span.count()), ops.team());
        }
        if (outputNorm != null) ops.norm().apply(attended, outputNorm, config.rmsNormEps(), space.attended, ops.team());
        if (observer != null) observer.observe(layer, Site.ATTENTION_OUTPUT, attended);
        FloatMatrix delta = space.delta.rows(0, tokens);
        output.apply(space.attended, delta);
        ops.sum().add(delta, residual, ops.team());
    }
}
