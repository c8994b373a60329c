package dev.lutra.engine.model;

import dev.lutra.engine.model.LayerObserver.Site;
import dev.lutra.engine.weights.Projection;
import dev.lutra.gguf.model.Experts;
import dev.lutra.gguf.model.ModelConfig;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.Softmax;
import dev.lutra.kernels.memory.FloatMatrix;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts: every token visits the {@code used} experts that its router finds most probable, and the shared
 * expert if there is one. Tokens that share an expert are multiplied together.
 *
 * @param norm [hidden]
 * @param router from hidden to the number of experts
 * @param softmax of the router's logits
 * @param experts one per expert
 * @param shared null without a shared expert
 * @param sharedGate from hidden to 1, its sigmoid weighs the shared expert; null without one
 */
record ExpertFeedForward(
        float[] norm,
        Projection router,
        Softmax softmax,
        List<Expert> experts,
        @Nullable Expert shared,
        @Nullable Projection sharedGate)
        implements FeedForward {

    /** One SwiGLU network. */
    record Expert(Projection gateUp, Projection down) {
        long weightBytes() {
            return gateUp.weightBytes() + down.weightBytes();
        }

        long residentBytes() {
            return gateUp.residentBytes() + down.residentBytes();
        }
    }

    @Override
    public long weightBytes(ModelConfig config) {
        long visited = Objects.requireNonNull(config.experts()).used()
                * experts.getFirst().weightBytes();
        return router.weightBytes() + visited + (shared == null ? 0 : shared.weightBytes());
    }

    @Override
    public long residentBytes() {
        long bytes = router.residentBytes() + (shared == null ? 0 : shared.residentBytes());
        for (Expert expert : experts) bytes += expert.residentBytes();
        return bytes;
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
        FloatMatrix x = space.normalized.reset(tokens);
        ops.norm().apply(residual, norm, config.rmsNormEps(), space.normalized, ops.team());
        if (observer != null) observer.observe(layer, Site.FEED_FORWARD_INPUT, x);

        ExpertSpace buffers = Objects.requireNonNull(space.experts);
        Experts mixture = Objects.requireNonNull(config.experts());
        FloatMatrix probabilities = buffers.router.rows(0, tokens);
        router.apply(space.normalized, probabilities);
        softmax.apply(probabilities, ops.team());
        float[][] weights = new float[tokens][];
        for (int token = 0; token < tokens; token++) weights[token] = chosen(probabilities, token, mixture);

        int[] members = new int[tokens];
        for (int expert = 0; expert < experts.size(); expert++) {
            int count = 0;
            for (int token = 0; token < tokens; token++) if (weights[token][expert] > 0) members[count++] = token;
            if (count == 0) continue;
            select(x, members, count, buffers.input);
            if (observer != null)
                observer.observeExpert(layer, Site.FEED_FORWARD_INPUT, expert, experts.size(), buffers.input.values());
            FloatMatrix product = product(experts.get(expert), count, buffers, ops);
            if (observer != null)
                observer.observeExpert(layer, Site.FEED_FORWARD_PRODUCT, expert, experts.size(), product);
            FloatMatrix output = buffers.output.rows(0, count);
            experts.get(expert).down().apply(buffers.product, output);
            for (int i = 0; i < count; i++)
                ops.sum()
                        .addScaled(
                                output.rows(i, 1),
                                weights[members[i]][expert],
                                residual.rows(members[i], 1),
                                ops.team());
        }
        if (shared != null && sharedGate != null)
            addShared(layer, shared, sharedGate, tokens, space, buffers, ops, observer);
    }

    /** The weight of every expert for one token: its probability when it is among the most probable, otherwise 0. */
    private static float[] chosen(FloatMatrix probabilities, int token, Experts mixture) {
        float[] weights = new float[mixture.count()];
        float sum = 0;
        for (int n = 0; n < mixture.used(); n++) {
            int best = -1;
            for (int expert = 0; expert < weights.length; expert++)
                if (weights[expert] == 0
                        && (best < 0 || probabilities.get(token, expert) > probabilities.get(token, best)))
                    best = expert;
            // A probability that underflowed still counts as chosen.
            weights[best] = Math.max(probabilities.get(token, best), Float.MIN_VALUE);
            sum += weights[best];
        }
        if (mixture.normalized()) for (int expert = 0; expert < weights.length; expert++) weights[expert] /= sum;
        return weights;
    }

    /** Copies the rows of {@code x} that {@code members} names. */
    private static void select(FloatMatrix x, int[] members, int count, Activations into) {
        FloatMatrix input = into.reset(count);
        float[] row = new float[x.columns()];
        for (int i = 0; i < count; i++) {
            x.copyRow(members[i], row, 0);
            input.setRow(i, row, 0);
        }
    }

    private static FloatMatrix product(Expert expert, int count, ExpertSpace buffers, Operations ops) {
        int width = expert.gateUp().rows() / 2;
        FloatMatrix both = buffers.gateUp.rows(0, count), product = buffers.product.reset(count);
        expert.gateUp().apply(buffers.input, both);
        FloatMatrix gate = both.columns(0, width), up = both.columns(width, width);
        ops.gate().apply(Gate.Activation.SILU, gate, up, buffers.product, ops.team());
        return product;
    }

    private static void addShared(
            int layer,
            Expert shared,
            Projection sharedGate,
            int tokens,
            Workspace space,
            ExpertSpace buffers,
            Operations ops,
            @Nullable LayerObserver observer) {
        FloatMatrix gate = buffers.sharedGate.rows(0, tokens);
        sharedGate.apply(space.normalized, gate);
        int width = shared.gateUp().rows() / 2;
        FloatMatrix both = space.gateUp.rows(0, tokens), delta = space.delta.rows(0, tokens);
        FloatMatrix product = space.product.reset(tokens);
        shared.gateUp().apply(space.normalized, both);
        ops.gate()
                .apply(
                        Gate.Activation.SILU,
                        both.columns(0, width),
                        both.columns(width, width),
                        space.product,
                        ops.team());
        if (observer != null) observer.observe(layer, Site.FEED_FORWARD_PRODUCT, product);
        shared.down().apply(space.product, delta);
        for (int token = 0; token < tokens; token++) {
            float weight = (float) (1 / (1 + Math.exp(-gate.get(token, 0))));
            ops.sum().addScaled(delta.rows(token, 1), weight, space.residual.rows(token, 1), ops.team());
        }
    }
}
