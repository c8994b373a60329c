package dev.lutra.engine.model;

import dev.lutra.kernels.memory.FloatMatrix;

/** Sees what enters the projections during a forward pass: what importance matrices and calibration are made of. */
@FunctionalInterface
public interface LayerObserver {
    /** The places in a layer at which activations meet weights. */
    enum Site {
        /** Input of the query, key and value projections, width hidden. */
        ATTENTION_INPUT,
        /** Input of the attention's output projection, width heads * head_dim. */
        ATTENTION_OUTPUT,
        /** Input of the gate and up projections, width hidden; of experts: of the router and the shared expert. */
        FEED_FORWARD_INPUT,
        /** Input of the down projection, width intermediate; of experts: of the shared expert's. */
        FEED_FORWARD_PRODUCT
    }

    /**
     * @param layer from 0
     * @param x [tokens][width], valid only during the call
     */
    void observe(int layer, Site site, FloatMatrix x);

    /**
     * The same for one expert of several, which sees the tokens that were sent to it and no others.
     *
     * @param site {@link Site#FEED_FORWARD_INPUT} or {@link Site#FEED_FORWARD_PRODUCT}
     * @param expert from 0, of {@code experts}
     */
    default void observeExpert(int layer, Site site, int expert, int experts, FloatMatrix x) {}
}
