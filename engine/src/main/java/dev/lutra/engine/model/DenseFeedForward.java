package dev.lutra.engine.model;

import dev.lutra.engine.model.LayerObserver.Site;
import dev.lutra.engine.weights.Projection;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.memory.FloatMatrix;
import org.jspecify.annotations.Nullable;

/**
 * {@code down(f(gate x) * up x)}.
 *
 * @param norm [hidden]
 * @param gateUp both projections, gate first
 * @param activation f
 * @param productNorm [intermediate], before the down projection, null in families without it
 * @param down from intermediate to hidden
 */
record DenseFeedForward(
        float[] norm, Projection gateUp, Gate.Activation activation, float @Nullable [] productNorm, Projection down)
        implements FeedForward {
    @Override
    public long weightBytes(ModelConfig config) {
        return gateUp.weightBytes() + down.weightBytes();
    }

    @Override
    public long residentBytes() {
        return gateUp.residentBytes() + down.residentBytes();
    }

    @Override
    public void forward(
            int layer,
            int tokens,
            ModelConfig config,
            Workspace space,
            Operations ops,
            @Nullable LayerObserver observer) {
        FloatMatrix residual = space.residual.rows(0, tokens);
        space.normalized.reset(tokens);
        ops.norm().apply(residual, norm, config.rmsNormEps(), space.normalized, ops.team());
        if (observer != null) observer.observe(layer, Site.FEED_FORWARD_INPUT, space.normalized.values());

        FloatMatrix product = space.product.reset(tokens);
        if (!gateUp.applyGated(activation, space.normalized, product)) multiplyAndGate(tokens, space, ops);
        if (productNorm != null) ops.norm().apply(product, productNorm, config.rmsNormEps(), space.product, ops.team());
        if (observer != null) observer.observe(layer, Site.FEED_FORWARD_PRODUCT, product);

        FloatMatrix delta = space.delta.rows(0, tokens);
        down.apply(space.product, delta);
        ops.sum().add(delta, residual, ops.team());
    }

    private void multiplyAndGate(int tokens, Workspace space, Operations ops) {
        int width = gateUp.rows() / 2;
        FloatMatrix both = space.gateUp.rows(0, tokens);
        gateUp.apply(space.normalized, both);
        FloatMatrix gate = both.columns(0, width), up = both.columns(width, width);
        if (productNorm == null) ops.gate().apply(activation, gate, up, space.product, ops.team());
        else ops.gate().apply(activation, gate, up, space.product.values(), ops.team());
    }
}
