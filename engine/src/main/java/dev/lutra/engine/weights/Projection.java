package dev.lutra.engine.weights;

import dev.lutra.kernels.Kernels;
import dev.lutra.kernels.activation.Activations;
import dev.lutra.kernels.elementwise.Gate;
import dev.lutra.kernels.elementwise.Sum;
import dev.lutra.kernels.linear.Linear;
import dev.lutra.kernels.memory.FloatMatrix;
import dev.lutra.kernels.team.Team;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One or more matrices over the same input, with an optional bias: {@code y = W x + b}. */
public final class Projection {
    private final List<Linear> parts;
    private final Sum sum;
    private final Team team;
    private final int rows;
    private float @Nullable [] bias;

    Projection(List<Linear> parts, Kernels kernels) {
        this.parts = List.copyOf(parts);
        sum = kernels.sum();
        team = kernels.team();
        rows = parts.stream().mapToInt(Linear::rows).sum();
    }

    /** Adds {@code bias}, one value per output, to every product from now on. */
    public Projection withBias(float[] newBias) {
        if (newBias.length != rows)
            throw new IllegalArgumentException(newBias.length + " biases for " + rows + " outputs");
        bias = newBias;
        return this;
    }

    /** Outputs of all parts. */
    public int rows() {
        return rows;
    }

    /** The matrices that it is made of. */
    public List<Linear> parts() {
        return parts;
    }

    /** Bytes of weights that one token reads. */
    public long weightBytes() {
        return parts.stream().mapToLong(Linear::weightBytes).sum();
    }

    /**
     * {@code y = f(gate x) * up x} when this is gate and up in one matrix that can do so at once; see
     * {@link Linear#multiplyGated}.
     *
     * @param y [tokens][rows / 2]
     * @return false when nothing was done
     */
    public boolean applyGated(Gate.Activation f, Activations x, FloatMatrix y) {
        return parts.size() == 1 && bias == null && parts.getFirst().multiplyGated(f, x, y, team);
    }

    /** Private memory that the matrices hold. */
    public long residentBytes() {
        return parts.stream().mapToLong(Linear::residentBytes).sum();
    }

    /** @param y [tokens][rows] */
    public void apply(Activations x, FloatMatrix y) {
        int at = 0;
        for (Linear part : parts) {
            part.multiply(x, parts.size() == 1 ? y : y.columns(at, part.rows()), team);
            at += part.rows();
        }
        if (bias != null) sum.addBias(bias, y, team);
    }
}
