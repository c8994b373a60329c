package dev.lutra.kernels.attention;

import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;

/**
 * Causal attention with grouped queries: query head h reads key-value head {@code h / (heads / kvHeads)},
 * {@code out = softmax(scale * q K^T) V}. One query head of one token is computed by one thread in a fixed order.
 */
public sealed interface Attention permits AttentionNative, AttentionScalar, AttentionVector {
    /**
     * Attends from each token to all positions up to its own, which the cache must hold already.
     *
     * @param q [tokens][heads * headLength], rotated; row t is at position {@code firstPosition + t}
     * @param scale usually {@code 1 / sqrt(headLength)}
     * @param out the shape of {@code q}; may be {@code q} itself
     */
    void attend(FloatMatrix q, int firstPosition, KvCache cache, float scale, FloatMatrix out, Team team);

    /** Checks the shapes of a call of {@link #attend}. */
    static void checkShapes(FloatMatrix q, int firstPosition, KvCache cache, FloatMatrix out) {
        int heads = q.columns() / cache.headLength();
        if (q.columns() % cache.headLength() != 0 || heads % cache.heads() != 0)
            throw new IllegalArgumentException("rows of " + q.columns() + " are not query heads of "
                    + cache.headLength() + " for " + cache.heads() + " key-value heads");
        if (out.rows() != q.rows() || out.columns() != q.columns())
            throw new IllegalArgumentException(
                    out.rows() + " x " + out.columns() + " cannot take " + q.rows() + " x " + q.columns());
        if (firstPosition < 0 || firstPosition > cache.capacity() - q.rows())
            throw new IllegalArgumentException("positions " + firstPosition + " to " + (firstPosition + q.rows() - 1)
                    + " are beyond the cache's " + cache.capacity());
    }
}
